import { Command, InvalidArgumentError, Option } from 'commander';

/** A verb that needs the database. */
export function databaseCommand(name: string): Command {
  return new Command(name)
    .addOption(new Option('--database-url <url>', 'a postgres:// URL; others can see it while this runs'))
    .option('--json', 'print JSON');
}

/** A whole number of at least `least`. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least && text.trim() !== '') return value;
    throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
  };
}
