/** Four decimals are enough for people and keep results small. */
export function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
