/** What is run by those who have no queue. */
export { work as default } from './work.js';
