/**
 * Names what checks HTTP rules: SHA-256 of its sources and of its schema, so that what passed a check counts until any of
 * it is changed. A test holds it to them, and says what it is.
 */
export const ruleChecker: string = 'ea344296d9cda406a690285d9654bf77ce19fb700fed343ad65b95ac80800680';
