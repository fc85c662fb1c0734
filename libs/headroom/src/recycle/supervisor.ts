/**
 * Whether whoever started this process is known to start it again when it exits. PM2 says so in the environment; a
 * container of a Kubernetes pod is restarted by the kubelet. systemd and Docker do so only when they are told to, and
 * that cannot be seen from here.
 */
export function isRestarted(env: NodeJS.ProcessEnv): boolean {
  if (env.pm_id !== undefined) return env.autorestart !== 'false';
  return env.KUBERNETES_SERVICE_HOST !== undefined;
}
