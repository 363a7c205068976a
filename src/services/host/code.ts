// The code of a customer or a product, as items of calls name it.

import { z } from 'zod';

/** Any text that the warehouse can hold: no code has a U+0000, and PostgreSQL cannot even be asked for one. */
export const codeSchema = z.string().regex(/^[^\0]*$/, 'A code must not contain U+0000');
