const HIDDEN = '***';
/** Anything shorter would be found in words that are no secret. */
const MIN_LENGTH = 4;
const MIN_LINE_LENGTH = 16;
const SECRET_NAME =
  /secret|token|passw|passphrase|credential|(?:api|access|private|signing|encryption)_?key|(?:^|_)(?:key|pass|pwd|auth|dsn|cookie|jwt|salt|pin)(?:_|$)/i;
const WORKING_DIRECTORY = /^(?:OLD)?PWD$/;
const PLAIN = /^(?:true|false|null|none|undefined|\d{1,5})$/i;
const URL_PASSWORD = /\b([a-z][a-z\d+.-]{0,20}:\/\/[^\s:@/"']{0,200}):([^\s/"']{1,400})@/gi;
const HEADER = /\b(Bearer|Basic) +[\w.~+/=-]{8,}/g;
const PARAMETER = /([?&;](?:password|passwd|secret|token|access_token|api_?key|signature)=)[^\s&;"']+/gi;

/**
 * The same text without what must not be in a log: values of environment variables whose name looks secret, passwords
 * in URLs, authorization headers and secret parameters of a query.
 */
export function withoutSecrets(text: string, environment: NodeJS.ProcessEnv): string {
  let clean = text;
  for (const secret of secretsOf(environment)) clean = clean.replaceAll(secret, HIDDEN);
  return clean
    .replace(URL_PASSWORD, `$1:${HIDDEN}@`)
    .replace(HEADER, `$1 ${HIDDEN}`)
    .replace(PARAMETER, `$1${HIDDEN}`);
}

/** The longest first: one may be part of another. */
function secretsOf(environment: NodeJS.ProcessEnv): string[] {
  const secrets = new Set<string>();
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    if (SECRET_NAME.test(name) && !WORKING_DIRECTORY.test(name))
      for (const form of formsOf(value)) secrets.add(form);
    for (const [, , password] of value.matchAll(URL_PASSWORD))
      for (const form of formsOf(password!)) secrets.add(form);
  }
  return [...secrets].toSorted((a, b) => b.length - a.length);
}

/** As it is, as it stands in JSON and in a URL, and each long line of a key that has several. */
function formsOf(value: string): string[] {
  if (value.trim().length < MIN_LENGTH || PLAIN.test(value.trim())) return [];
  const lines = value.split(/\r?\n/).filter((line) => line.length >= MIN_LINE_LENGTH);
  return [
    value,
    value.trim(),
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    decoded(value),
    ...lines,
  ];
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
