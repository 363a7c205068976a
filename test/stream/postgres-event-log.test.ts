import { describeEventLog } from '../contracts/event-log.js';
import { openPostgresServer } from './postgres-server.js';

describeEventLog('PostgreSQL', openPostgresServer);
