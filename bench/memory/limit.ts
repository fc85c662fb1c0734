/** The limit of the cgroup that every contestant runs in; swap is off. */
export const LIMIT_MB = 384;

export const MB = 2 ** 20;
