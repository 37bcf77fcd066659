/**
 * Resolves when Jaeger serves: the query API is the last thing to come up, OTLP an instant before or after it.
 * @throws Error while it does not.
 */
export async function jaegerAnswers(queryPort: number, otlpHttpPort: number): Promise<void> {
  const signal = AbortSignal.timeout(1_000);
  const answers = await Promise.all([
    fetch(`http://127.0.0.1:${queryPort}/api/services`, { signal }),
    fetch(`http://127.0.0.1:${otlpHttpPort}/v1/traces`, { method: 'POST', signal, body: '' }),
  ]);
  await Promise.all(answers.map((answer) => answer.body?.cancel()));
  if (!answers[0].ok) throw new Error(`the query API answered ${answers[0].status}`);
}
