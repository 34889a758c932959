/** The paths in which the letters of `query` stand in this order, the closest first: by name, then by whole path. */
export function matchPaths(query: string, paths: readonly string[]): readonly string[] {
  const wanted = query.toLowerCase();
  return paths
    .map((path) => ({ path, rank: rankOf(wanted, path.toLowerCase()) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank || a.path.length - b.path.length || (a.path < b.path ? -1 : 1))
    .map(({ path }) => path);
}

function rankOf(wanted: string, path: string): number {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name.startsWith(wanted)) {
    return 4;
  }
  if (name.includes(wanted)) {
    return 3;
  }
  if (path.includes(wanted)) {
    return 2;
  }
  return isScattered(wanted, path) ? 1 : 0;
}

function isScattered(wanted: string, path: string): boolean {
  let at = 0;
  for (const letter of path) {
    at += letter === wanted[at] ? 1 : 0;
  }
  return at === wanted.length;
}
