import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStatement } from '../src/partiql.ts';

/** Statements of the Amazon DynamoDB Developer Guide's PartiQL reference, and what they are on. */
test.each<[statement: string, meaning: string]>([
  ['SELECT OrderID, Total FROM "Orders"', 'PartiQLSelect Orders'],
  [`SELECT * FROM "Orders" WHERE OrderID = 100 and Address='some address'`, 'PartiQLSelect Orders'],
  ['SELECT * FROM "Orders"."byDate" WHERE Total > 500 ORDER BY OrderID DESC', 'PartiQLSelect Orders/byDate'],
  ['select Devices.FireStick.DateWatched[0] from WatchList', 'PartiQLSelect WatchList'],
  [`SELECT * FROM "Music" WHERE Artist=? and contains("Title", 'FROM secrets')`, 'PartiQLSelect Music'],
  [`INSERT into "Music" value {'Artist' : 'Acme Band','SongTitle' : 'PartiQL Rocks'}`, 'PartiQLInsert Music'],
  [
    `UPDATE "Music" SET AwardsWon=1 SET AwardDetail={'Grammys':[2020, 2018]} WHERE Artist='A' RETURNING ALL OLD *`,
    'PartiQLUpdate Music',
  ],
  [`UPDATE Music REMOVE AwardDetail.Grammys[2] WHERE Artist='Acme Band'`, 'PartiQLUpdate Music'],
  [
    `UPDATE "Music" SET BandMembers = set_add(BandMembers, <<'newbandmember'>>) WHERE Artist='A'`,
    'PartiQLUpdate Music',
  ],
  [
    `DELETE FROM "Music" WHERE "Artist" = 'Acme''s' AND "SongTitle" = 'x' RETURNING ALL OLD *`,
    'PartiQLDelete Music',
  ],
  [`EXISTS(SELECT * FROM "Music" WHERE "Artist" = 'Acme Band')`, 'PartiQLSelect Music'],
  ['SELECT * FROM "my.table-2"', 'PartiQLSelect my.table-2'],
  [
    'SELECT * FROM "arn:aws:dynamodb:us-east-1:123456789012:table/Music"',
    'PartiQLSelect arn:aws:dynamodb:us-east-1:123456789012:table/Music',
  ],
  ['\n\tSELECT\t*\nFROM\r\nMusic\n', 'PartiQLSelect Music'],
])('reads %s', (statement, meaning) => {
  const { action, table, index } = readStatement(statement);
  expect(`${action} ${table}${index === undefined ? '' : `/${index}`}`).toBe(meaning);
});

test.each<[what: string, statement: string]>([
  ['nothing', ''],
  ['no statement', 'Music'],
  ['another verb', 'DROP TABLE Music'],
  ['a quoted verb', '"SELECT" * FROM Music'],
  ['two statements', 'SELECT * FROM a; DELETE FROM b'],
  ['two statements without a semicolon', `DELETE FROM a WHERE x = 1 DELETE FROM b WHERE y = 1`],
  ['a second table', 'SELECT * FROM a, b'],
  ['an alias', 'SELECT * FROM a AS b'],
  ['a join', 'SELECT * FROM a JOIN b ON a.x = b.x'],
  ['a nested select', 'SELECT * FROM a WHERE x IN (SELECT y FROM b)'],
  ['a nested select for a table', 'SELECT * FROM (SELECT * FROM b)'],
  ['a select in what is selected', 'SELECT (SELECT x FROM b) FROM a'],
  ['a line comment', 'SELECT * -- FROM a\n FROM b'],
  ['more than DynamoDB takes', `SELECT * FROM a WHERE b IN [${'1,'.repeat(500_000)}1]`],
  ['a comment', 'SELECT * /* FROM a */ FROM b'],
  ['an open string', `SELECT * FROM a WHERE x = 'y`],
  ['an open name', 'SELECT * FROM "a'],
  ['a string for a table', `SELECT * FROM 'a'`],
  ['a parameter for a table', 'SELECT * FROM ?'],
  ['a word for a table', 'SELECT * FROM FROM'],
  ['a number that runs into a word', 'SELECT 1FROM a FROM b'],
  ['a quote in a name', 'SELECT * FROM "a""b"'],
  ['a table of another one', 'SELECT * FROM a.b.c'],
  ['a function for a table', 'SELECT * FROM tables()'],
  ['an insert of a select', 'INSERT INTO a SELECT * FROM b'],
  ['an update from', 'UPDATE a SET x = 1 FROM b'],
  ['an update of nothing', 'UPDATE a'],
  ['a delete of everything', 'DELETE FROM a'],
  ['an insert into an index and a select', `EXISTS(INSERT INTO a VALUE {'x': 1})`],
  ['a wrapper with more behind it', `EXISTS(SELECT * FROM a) OR EXISTS(SELECT * FROM b)`],
  ['a letter that looks like one', 'SELECT * FROM а'],
  ['a NUL', 'SELECT * FROM a\0'],
])('refuses %s', (_what, statement) => {
  expect(() => readStatement(statement)).toThrow(/^the PartiQL statement cannot be judged/);
});

test('names no table that does not stand in the statement behind FROM, INTO or UPDATE', () => {
  const word = fc.constantFrom(
    ...'SELECT INSERT UPDATE DELETE FROM INTO VALUE SET REMOVE WHERE EXISTS ORDER a b "a" "b" \'a\' \'FROM b\' * , . ( ) { } = ? 1 1FROM -- /* ; AND'.split(
      / (?!b')/,
    ),
  );
  fc.assert(
    fc.property(fc.array(word, { minLength: 2, maxLength: 10 }), (words) => {
      const statement = words.join(' ');
      const found = attempt(statement);
      if (found === undefined) return;
      const before = /(?:\bFROM|\bINTO|^UPDATE) "?([ab])"?/g;
      const tables = [...statement.replace(/'[^']*'/g, '?').matchAll(before)].map(([, table]) => table);
      expect(tables).toEqual([found.table]);
    }),
    { numRuns: 2_000 },
  );
});

function attempt(statement: string) {
  try {
    return readStatement(statement);
  } catch {
    return undefined;
  }
}
