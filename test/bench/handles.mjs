/**
 * Preloaded into the agent: at SIGUSR2 writes to stderr, as a line of JSON, how many handles it has open and how many
 * listeners there are on all its emitters and signals. Until then it takes no memory; then it collects garbage.
 */
process.on('SIGUSR2', async () => {
  const { Session } = await import('node:inspector/promises');
  const session = new Session();
  session.connect();
  const sumOver = async (prototype, count) => {
    const { result } = await session.post('Runtime.evaluate', { expression: prototype });
    const { objects } = await session.post('Runtime.queryObjects', { prototypeObjectId: result.objectId });
    const sum = `function () { return this.map(${count}).reduce((sum, each) => sum + each, 0); }`;
    const called = { functionDeclaration: sum, objectId: objects.objectId, returnByValue: true };
    return (await session.post('Runtime.callFunctionOn', called)).result.value;
  };
  const events = "process.getBuiltinModule('node:events')";
  const ofEmitter = `(emitter) => ${events}.prototype.eventNames.call(emitter)
    .reduce((sum, name) => sum + ${events}.prototype.listenerCount.call(emitter, name), 0)`;
  const ofSignal = `(signal) => signal instanceof AbortSignal ? ${events}.getEventListeners(signal, 'abort').length : 0`;
  const listeners =
    (await sumOver(`${events}.prototype`, ofEmitter)) + (await sumOver('AbortSignal.prototype', ofSignal));
  session.disconnect();
  const { length: handles } = process.getActiveResourcesInfo();
  process.stderr.write(`${JSON.stringify({ handles, listeners })}\n`);
});
