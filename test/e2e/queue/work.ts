export { block, Turns } from '../../../libs/headroom/src/event-loop/fixtures/turns.js';
