// One load of Online Retail, as the product does it; prints its time and the peak of this process's memory.
import { dist } from '../lib/places.mjs';

const [url, file, source] = process.argv.slice(2);
const { createDatabase } = await import(dist('warehouse/database.js'));
const { loadFile } = await import(dist('warehouse/load/load-file.js'));
const { builtInMappings } = await import(dist('warehouse/load/built-in-mappings.js'));

const database = createDatabase({ url });
const mapping = { ...builtInMappings['online-retail'], source };
const { durationMs } = await loadFile({ database, file, mapping });
await database.close();
console.log(JSON.stringify({ durationMs, peakMb: process.resourceUsage().maxRSS / 1024 }));
