import { onBackend } from '../ground.js';
import { deaths } from './deaths.js';

onBackend('Redis', deaths);
