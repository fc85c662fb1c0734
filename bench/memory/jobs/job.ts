/** What a job holds, and for how long. */
export const JOB_MB = 60;
export const JOB_MS = 500;
