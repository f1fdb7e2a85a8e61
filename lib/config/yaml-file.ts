import { type Document, LineCounter, type YAMLError, parseDocument, visit } from 'yaml';
import { messageOf } from '../error-message.ts';
import { readTextFile } from './files.ts';
import type { Layer } from './layers.ts';
import { oneLine } from './problems.ts';
import { readDocument } from './yaml-document.ts';

/** Enough for anybody's anchors; each use is looked up in the whole document. */
const mostAliases = 100;

/** Reads a YAML file. Never throws: what is wrong with it is among the problems. */
export function readConfigFile(path: string): Layer {
  let text: string;
  try {
    text = readTextFile(path);
  } catch (error) {
    return unreadable(`${path} (flag --config): ${messageOf(error)}`);
  }
  return readConfigText(text, path);
}

function readConfigText(text: string, path: string): Layer {
  const lines = new LineCounter();
  // Not the pretty errors: they quote lines that may hold a password. Doubled keys are found where the keys are read.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    return unreadable(`${path}:${line}:${col}: not valid YAML: ${syntaxReason(error)}`);
  }
  if (aliasesIn(document) > mostAliases) return unreadable(`${path}: has more than ${mostAliases} YAML aliases`);
  return readDocument(document, (offset) => `${path}:${lines.linePos(offset).line}`);
}

function unreadable(problem: string): Layer {
  return { origin: 'file', entries: [], problems: [oneLine(problem)], unreadable: true };
}

/** The parser's own words, less what it quotes behind a colon: that may be part of a password. */
function syntaxReason({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'more than one document';
  if (code === 'RESOURCE_EXHAUSTION') return 'nested too deeply';
  return message.replace(/(?<=\w): .*$/s, '');
}

function aliasesIn(document: Document.Parsed): number {
  let count = 0;
  visit(document, {
    Alias: () => {
      count += 1;
    },
  });
  return count;
}
