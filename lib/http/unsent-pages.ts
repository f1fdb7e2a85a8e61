import type { ServerResponse } from 'node:http';
import type { MemoryShare } from '../memory-budget.ts';

/** Less is not worth keeping account of: it is in the kernel as soon as it is sent. */
const minChargedBytes = 4_096;

/**
 * What the kernel keeps at most for a client that reads nothing; it counts as the process's memory. Measured at an MTU of
 * 1,500, where it was 184 to 657 KB.
 */
const maxKernelBytes = 256 * 1024;

export interface UnsentPageOptions {
  /** Bytes that pages may take until clients have read them. */
  readonly share: MemoryShare;
  /** Ends the connection of a response, so that the kernel keeps nothing of it. */
  readonly reset: (response: ServerResponse) => void;
  /** Told of each page that had to go for another, whose client is cut off, and of each for which there was no room. */
  readonly onShortage: () => void;
}

/** The pages that clients have not read yet, of which there are no more than fit. */
export interface UnsentPages {
  /**
   * Charges the body of a response until that is closed; bytes that several responses send are charged once, what the
   * kernel keeps of them for each. Where they do not fit, other pages go, first the one whose client has read nothing for longest. False where that is not enough.
   */
  charge(response: ServerResponse, body: Buffer): boolean;
  /** The client has read some of it. */
  noteProgress(response: ServerResponse): void;
  /** Gives up a page that is not read. */
  drop(response: ServerResponse): void;
}

export function createUnsentPages({ share, reset, onShortage }: UnsentPageOptions): UnsentPages {
  /** The one whose client has read nothing for longest is first. */
  const bodies = new Map<ServerResponse, Buffer>();
  const users = new Map<Buffer, number>();

  const kernelBytes = ({ length }: Buffer): number => Math.min(length, maxKernelBytes);
  /** A page that fills the share alone can still be sent, one at a time. */
  const bodyBytes = (body: Buffer): number => Math.min(body.length, share.maxBytes - kernelBytes(body));
  const take = (body: Buffer): boolean => {
    if (!users.has(body)) return share.take(kernelBytes(body) + bodyBytes(body));
    if (!share.take(kernelBytes(body))) return false;
    // The last other client of these bytes may have gone for this one.
    if (users.has(body) || share.take(bodyBytes(body))) return true;
    share.release(kernelBytes(body));
    return false;
  };
  const release = (response: ServerResponse): void => {
    const body = bodies.get(response);
    if (body === undefined) return;
    bodies.delete(response);
    const others = (users.get(body) ?? 1) - 1;
    if (others > 0) users.set(body, others);
    else users.delete(body);
    share.release(kernelBytes(body) + (others > 0 ? 0 : bodyBytes(body)));
  };
  const drop = (response: ServerResponse): void => {
    release(response);
    reset(response);
  };
  // They go for expositions that are being made, too.
  share.reclaimFrom(() => {
    const [slowest] = bodies.keys();
    if (slowest === undefined) return false;
    onShortage();
    drop(slowest);
    return true;
  });

  return {
    charge: (response, body) => {
      if (body.length < minChargedBytes || response.destroyed) return true;
      if (!take(body)) {
        onShortage();
        return false;
      }
      users.set(body, (users.get(body) ?? 0) + 1);
      bodies.set(response, body);
      response.once('close', () => release(response));
      return true;
    },
    noteProgress: (response) => {
      const body = bodies.get(response);
      if (body === undefined) return;
      bodies.delete(response);
      bodies.set(response, body);
    },
    drop,
  };
}
