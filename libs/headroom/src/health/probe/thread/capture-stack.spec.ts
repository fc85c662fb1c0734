import { describe, expect, it } from 'vitest';

import { busiestStack } from './capture-stack.mjs';

type Node = Parameters<typeof busiestStack>[0]['nodes'][number];

function node(
  id: number,
  functionName: string,
  hitCount: number,
  children: number[] = [],
  lineNumber = 9,
): Node {
  const url = functionName.startsWith('(') ? '' : `file:///app/${functionName}.js`;
  return {
    id,
    hitCount,
    children,
    callFrame: { functionName, url, lineNumber, columnNumber: 0, scriptId: '1' },
  };
}

describe('busiestStack', () => {
  it('follows the most samples, innermost first', () => {
    const nodes = [
      node(1, '(root)', 0, [2, 3]),
      node(2, 'listen', 1, [4]),
      node(3, 'handle', 1, [5, 6]),
      node(4, 'accept', 9),
      node(5, 'render', 2, [7]),
      node(6, 'log', 3),
      node(7, 'layout', 12),
    ];
    expect(busiestStack({ nodes })).toEqual([
      'layout (/app/layout.js:10)',
      'render (/app/render.js:10)',
      'handle (/app/handle.js:10)',
    ]);
  });

  it('says nothing of time outside of code', () => {
    const nodes = [
      node(1, '(root)', 0, [2, 3, 4]),
      node(2, '(idle)', 50),
      node(3, '(garbage collector)', 20),
    ];
    expect(busiestStack({ nodes })).toEqual([]);
    expect(busiestStack({ nodes: [...nodes, node(4, 'parse', 2)] })).toEqual(['parse (/app/parse.js:10)']);
    expect(busiestStack({ nodes: [] })).toEqual([]);
  });

  it('names a function that calls itself once', () => {
    const nodes = [
      node(1, '(root)', 0, [2]),
      node(2, 'handle', 0, [3]),
      node(3, 'walk', 1, [4]),
      node(4, 'walk', 1, [5]),
      node(5, 'walk', 8),
    ];
    expect(busiestStack({ nodes })).toEqual(['walk (/app/walk.js:10)', 'handle (/app/handle.js:10)']);
  });

  it('names a function without a line by its name alone', () => {
    const nodes = [node(1, '(root)', 0, [2]), node(2, '', 5, [], -1)];
    expect(busiestStack({ nodes })).toEqual(['(anonymous)']);
  });
});
