/**
 * Why a version of Node.js such as `20.20.2` is too old for a range such as `>=22.18`; undefined where it is not. Syntax
 * and functions of Node.js 18 only, so that the old ones can say it.
 */
export function whyTooOld(version: string, range: string): string | undefined {
  const minimum = range.replace('>=', '');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [minMajor = 0, minMinor = 0] = minimum.split('.').map(Number);
  if (major > minMajor || (major === minMajor && minor >= minMinor)) return undefined;
  return `docker-stats-exporter needs Node.js >= ${minimum}, this is v${version}`;
}
