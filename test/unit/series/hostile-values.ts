/** Values that would mean something in one query language or another. */
export const hostileValues: readonly string[] = [
  ...['"', "'", '`', '\\', '\\"', "\\'", '""', "''", '\\\\"', '}', '{', '}}', '{{service}}', '$'],
  ...['"} or vector(1) #', '"}) or up{x="', '.*', 'a|b', 'a)(b', '[', '^$', '\n', '\r\n', '\t'],
  ...["' OR '1'='1", "' -- ", "'/*", '*/', "'; DROP TABLE x", '// x', '--', '%', '_', '\u0000'],
  ...['*', 'a,b:c', '} by {host}', ') OR (x:y', 'IN (', '../../admin', '..', '.', '%2e%2e', '/'],
  ...['?x=y', '&a=b', '#', 'http://evil.test/', '@evil.test', '//evil.test', '\\evil', ' ', ''],
  ...['\ud800', '\u2028', 'é', '😀', "']|$..*", '"]', '\u0007', '\u007f', '<script>', '${x}'],
];
