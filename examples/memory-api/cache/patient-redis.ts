import { type Command, Redis, type RedisOptions } from 'ioredis';

/**
 * A client whose commands fail when they have no answer within `answerWithinMs`, as with `commandTimeout` of ioredis. But when
 * this process itself stood still for that long, what was answered meanwhile is read first: in a turn of the event loop
 * timers come before what has arrived, and Redis would be blamed for our own pause.
 */
export class PatientRedis extends Redis {
  readonly #answerWithinMs: number;

  constructor(url: string, answerWithinMs: number, options: Omit<RedisOptions, 'replyMapping'>) {
    super(url, options);
    this.#answerWithinMs = answerWithinMs;
  }

  override sendCommand(command: Command, stream?: Parameters<Redis['sendCommand']>[1]): unknown {
    const late = () => {
      if (!command.isSettled) command.reject(new Error('Command timed out'));
    };
    const timer = setTimeout(() => setImmediate(late), this.#answerWithinMs);
    const settled = () => clearTimeout(timer);
    command.promise.then(settled, settled);
    return super.sendCommand(command, stream);
  }
}
