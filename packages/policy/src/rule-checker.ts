/**
 * Names what checks HTTP rules: SHA-256 of its sources and of its schema, so that what passed a check counts until any of
 * it is changed. A test holds it to them, and says what it is.
 */
export const ruleChecker: string = '23f5a60682ca3960f46d0230f621b4f386707f205f1e2d859a5873610b7d5d3a';
