import { Injectable, RequestMethod, type Type, type VERSION_NEUTRAL, VersioningType } from '@nestjs/common';
import {
  ApplicationConfig,
  DiscoveryService,
  HttpAdapterHost,
  MetadataScanner,
  ModulesContainer,
  Reflector,
} from '@nestjs/core';

import { routePaths } from './route-paths.js';

/** Keys under which Nest's own decorators keep what they were given. */
export const PATH = 'path';
const METHOD = 'method';
const HOST = 'host';
const VERSION = '__version__';
const MODULE_PATH = '__module_path__';

// oxlint-disable-next-line typescript/no-unsafe-function-type -- Nest's own type of a handler
export type Handler = Function;
type OneOrMore<T> = T | readonly T[];
type Version = OneOrMore<string | typeof VERSION_NEUTRAL> | undefined;

/** A handler as Nest registers it. */
export interface NestRoute {
  readonly controller: Type;
  readonly handler: Handler;
  /** What Nest calls: the instance can have one of its own. */
  readonly called: Handler;
  /** `GET`, or `ALL`. */
  readonly method: string;
  /** With prefixes, versions and parameters, as they are written: `/api/v1/bundles/:id`. */
  readonly paths: readonly string[];
  /** The same as the router of the platform knows them. */
  readonly registeredPaths: readonly string[];
  /** Whether a version outside the path, or a host, decides if it serves a request. */
  readonly isConditional: boolean;
}

/** Lists what Nest registers with the router: it tells nobody, so this follows the same steps. */
@Injectable()
export class NestRoutes {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    private readonly adapterHost: HttpAdapterHost,
    private readonly reflector: Reflector,
  ) {}

  /** NOTE: call it when the app starts, not before: prefix and versioning are set after the module was built. */
  list(): NestRoute[] {
    return this.discovery.getControllers().flatMap(({ metatype, host, instance }) => {
      if (typeof metatype !== 'function') return [];
      const prototype = metatype.prototype as Record<string, Handler>;
      return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
        const route = this.routeOf(prototype[name]!, metatype as Type, host?.metatype);
        const called = (instance as Record<string, Handler> | undefined)?.[name] ?? prototype[name]!;
        return route ? { ...route, called } : [];
      });
    });
  }

  private routeOf(
    handler: Handler,
    controller: Type,
    module: Handler | undefined,
  ): Omit<NestRoute, 'called'> | undefined {
    const methodPaths = this.reflector.get<OneOrMore<string> | undefined>(PATH, handler);
    if (methodPaths === undefined) return undefined;
    const method = this.reflector.get<RequestMethod>(METHOD, handler);
    const version = this.versionOf(handler, controller);
    const paths = routePaths({
      globalPrefix: this.config.getGlobalPrefix(),
      isExcluded: (path) => this.isExcluded(path, method),
      versionPrefixes: this.versionPrefixes(version),
      modulePath: module && this.modulePath(module),
      controllerPaths: asList(this.reflector.get<OneOrMore<string>>(PATH, controller)),
      methodPaths: asList(methodPaths),
    });
    const isVersionInPath = this.config.getVersioning()?.type === VersioningType.URI;
    return {
      controller,
      handler,
      method: RequestMethod[method],
      paths,
      registeredPaths: paths.map((path) => this.adapterHost.httpAdapter.normalizePath?.(path) ?? path),
      isConditional:
        (version !== undefined && !isVersionInPath) ||
        this.reflector.get<unknown>(HOST, controller) !== undefined,
    };
  }

  private versionOf(handler: Handler, controller: Type): Version {
    const versioning = this.config.getVersioning();
    if (!versioning) return undefined;
    const ofController = this.reflector.get<Version>(VERSION, controller) ?? versioning.defaultVersion;
    return this.reflector.get<Version>(VERSION, handler) || ofController;
  }

  private versionPrefixes(version: Version): string[] {
    const versioning = this.config.getVersioning();
    if (!version || versioning?.type !== VersioningType.URI) return [''];
    const prefix = versioning.prefix === false ? '' : (versioning.prefix ?? 'v');
    return asList(version).map((each) => (typeof each === 'string' ? `/${prefix}${each}` : ''));
  }

  private isExcluded(path: string, method: RequestMethod): boolean {
    return (this.config.getGlobalPrefixOptions().exclude ?? []).some(
      ({ requestMethod, pathRegex }) =>
        (requestMethod === RequestMethod.ALL || requestMethod === method) && pathRegex.test(path),
    );
  }

  private modulePath(module: Handler): string | undefined {
    const ofThisApp = this.reflector.get<string | undefined>(
      MODULE_PATH + this.modules.applicationId,
      module,
    );
    return ofThisApp ?? this.reflector.get<string | undefined>(MODULE_PATH, module);
  }
}

function asList<T>(value: OneOrMore<T>): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
