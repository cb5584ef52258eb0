import { familyLines } from './endpoints.generated.ts';

/** A family of hosts, as the table has it. */
export interface Family {
  readonly name: string;
  readonly models: readonly string[];
  readonly signingName: string;
  /** `g`: one endpoint serves a partition; `n`: one without a region does; `l`: one without a region is that of us-east-1. */
  readonly reach: string;
}

/** Every family by its name. */
export const families: ReadonlyMap<string, Family> = new Map(
  familyLines
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', models = '', signingName = '', reach = ''] = line.split(' ');
      return [
        name,
        { name, models: models.split(','), signingName: signingName === '' ? name : signingName, reach },
      ];
    }),
);
