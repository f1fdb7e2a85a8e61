/** The labels that the metrics themselves have; a global label of the same name would make two of one. */
export const metricLabelNames: readonly string[] = [
  'container_name',
  'compose_service',
  'compose_project',
  'image',
  'interface',
  'device',
  'container_id',
  'status',
  'health_status',
  'started_at',
  'state',
  'collector',
  'feature',
  'version',
  'commit',
  'build_date',
  'go_version',
  'node_version',
];

/** Throws an Error that names the labels which can't be put on every metric. */
export function validateLabelNames(labels: ReadonlyMap<string, string>): void {
  const names = [...labels.keys()];
  const malformed = names.filter((name) => !/^[a-zA-Z_]\w*$/.test(name) || name.startsWith('__'));
  const taken = names.filter((name) => metricLabelNames.includes(name));
  const faults = [
    ...(malformed.length > 0
      ? [`letters, digits and underscores without a digit or __ in front, not ${quoted(malformed)}`]
      : []),
    ...(taken.length > 0 ? [`other than the labels that the metrics have, not ${quoted(taken)}`] : []),
  ];
  if (faults.length > 0) throw new Error(`names must be ${faults.join('; ')}`);
}

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ');
}
