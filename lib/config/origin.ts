/** Where a setting got its value, in rising precedence. */
export const originsByPrecedence = ['default', 'file', 'environment', 'flag'] as const;
export type Origin = (typeof originsByPrecedence)[number];
