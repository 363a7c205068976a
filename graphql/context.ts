// What every resolver can reach: who asks, and the public functions of the rooms behind the API.

import type { Scope } from '../src/core/scope.js';
import type { Collector } from '../src/events/collect.js';
import type { Campaigns } from '../src/flywheel/campaigns/campaigns.js';
import type { Decider } from '../src/flywheel/decide/decider.js';
import type { WheelProgress } from '../src/flywheel/progress.js';
import type { WheelReports } from '../src/flywheel/report/reports.js';
import type { ReorderTerms } from '../src/flywheel/stock/reorder-terms.js';
import type { Switches } from '../src/flywheel/switches.js';
import type { Webhooks } from '../src/flywheel/webhooks/webhooks.js';
import type { Reports } from '../src/metrics/reports.js';
import type { ModelRegistry } from '../src/services/host/registry-contract.js';
import type { Trainings } from '../src/services/host/trainings-contract.js';
import type { Database } from '../src/warehouse/database.js';
import type { Reader } from '../src/warehouse/read/reader.js';
import { createDecideLoader, type Decide } from './decide-loader.js';
import { createProductLoader, type LoadProducts, type ReadProducts } from './product-loader.js';
import { createProductUnitsLoader, type LoadProductUnits, type ReadProductSeries } from './product-units.js';
import { createServiceCalls, type ModelServices, type ServiceCalls } from './service-calls.js';
import { createStockLoader, type LoadStock, type ReadStock } from './stock-loader.js';

export interface ReadLimits {
  /** The most rows that one list gives at once. */
  readonly pageRows: number;
  /** The most rows that one request may touch. */
  readonly costRows: number;
}

export interface GatewayContext {
  readonly scope: Scope;
  readonly requestId: string;
  /** Whether it came by GET, which changes nothing. */
  readonly isGet: boolean;
  readonly prisma: Database['prisma'];
  readonly reader: Reader;
  readonly reports: Reports;
  /** Reports on the wheel itself. */
  readonly wheelReports: WheelReports;
  readonly readProducts: ReadProducts;
  readonly readProductSeries: ReadProductSeries;
  readonly readStock: ReadStock;
  /** What orders of goods go by where nothing else is asked for. */
  readonly reorderTerms: ReorderTerms;
  /** Where events are handed over. */
  readonly collector: Collector;
  readonly limits: ReadLimits;
  /** The models of the services, and which of them serves. */
  readonly models: ModelRegistry;
  readonly trainings: Trainings;
  /** The addresses that decisions are sent to. */
  readonly webhooks: Webhooks;
  /** What the request asks of the model services, in one call for each method. */
  readonly calls: ServiceCalls;
  /** Decides what customers are shown. */
  readonly decider: Decider;
  /** How far the wheel has come. */
  readonly progress: WheelProgress;
  /** What the system may do by itself. */
  readonly switches: Switches;
  readonly campaigns: Campaigns;
  /** What the request decides, together. */
  readonly decide: Decide;
  /** Products by their codes, read together. */
  readonly products: LoadProducts;
  /** Units sold of products, read together. */
  readonly productUnits: LoadProductUnits;
  /** Stock of products, read together. */
  readonly stock: LoadStock;
  /** Registers what stops work that nobody waits for any more. */
  readonly onAbandon: (callback: () => void) => void;
}

/** What the gateway hands to every request; the rest of a context belongs to one request. */
export type GatewayServices = Omit<
  GatewayContext,
  'scope' | 'requestId' | 'isGet' | 'onAbandon' | 'calls' | 'decide' | 'products' | 'productUnits' | 'stock'
>;

export interface ContextDeps {
  readonly services: GatewayServices;
  readonly modelServices: ModelServices;
}

/** Creates the context of a request. Its loaders are made when they are first used: most requests use none. */
export function createContext(
  { services, modelServices }: ContextDeps,
  scope: Scope,
  requestId: string,
  onAbandon: GatewayContext['onAbandon'],
  isGet = false,
): GatewayContext {
  let calls: ServiceCalls | undefined;
  let decide: Decide | undefined;
  let products: LoadProducts | undefined;
  let productUnits: LoadProductUnits | undefined;
  let stock: LoadStock | undefined;
  return {
    ...services,
    scope,
    requestId,
    isGet,
    onAbandon,
    get calls() {
      calls ??= createServiceCalls(modelServices, onAbandon);
      return calls;
    },
    get decide() {
      decide ??= createDecideLoader(services.decider, onAbandon);
      return decide;
    },
    get products() {
      products ??= createProductLoader(services.readProducts, onAbandon);
      return products;
    },
    get productUnits() {
      productUnits ??= createProductUnitsLoader(services.readProductSeries, onAbandon);
      return productUnits;
    },
    get stock() {
      stock ??= createStockLoader(services.readStock, onAbandon);
      return stock;
    },
  };
}
