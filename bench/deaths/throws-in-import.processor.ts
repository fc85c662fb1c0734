const settings: unknown = JSON.parse('{ bad settings');

export default function never(): unknown {
  return settings;
}
