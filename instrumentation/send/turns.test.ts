import { expect, it, onTestFinished, vi } from 'vitest';
import { Turns } from './turns.ts';

it('what throws is told once, and the others have their turn', async () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => written.mockRestore());
  const turns = new Turns();
  const fail = () => {
    throw new Error('on purpose');
  };
  turns.take(fail);
  turns.take(fail);
  await new Promise<void>((go) => turns.take(go));
  expect(written.mock.calls).toEqual([[expect.stringContaining('sending telemetry failed')]]);
});
