export { type ByteSize, formatMb, parseBytes, toMb } from './bytes.js';
