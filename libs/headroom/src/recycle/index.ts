export { RecycleService } from './recycle.service.js';
