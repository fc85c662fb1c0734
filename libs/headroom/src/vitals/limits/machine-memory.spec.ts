import { totalmem } from 'node:os';
import { expect, it, onTestFinished } from 'vitest';
import { MACHINE, MB, systemFiles } from './fixtures/cgroup-trees.js';
import { MachineMemory, readMachineLimit } from './machine-memory.js';
import { SystemFiles } from './system-files.js';

it('tells the available memory, not the free', () => {
  const machine = new MachineMemory(systemFiles(MACHINE));
  onTestFinished(() => machine.close());
  expect(machine.availableBytes()).toBe(6144 * MB);
});

it('tells nothing about available memory where the OS tells the free memory alone', () => {
  const machine = new MachineMemory(systemFiles({}), 'darwin');
  onTestFinished(() => machine.close());
  expect(machine.availableBytes()).toBeUndefined();
});

it('asks Node on Windows', () => {
  const machine = new MachineMemory(systemFiles({}), 'win32');
  onTestFinished(() => machine.close());
  expect(machine.availableBytes()).toBeGreaterThan(0);
  expect(machine.availableBytes()).toBeLessThan(totalmem());
});

it.runIf(process.platform === 'linux')('reads this machine', () => {
  const files = new SystemFiles();
  const machine = new MachineMemory(files);
  onTestFinished(() => machine.close());
  expect(readMachineLimit(files).bytes).toBe(totalmem());
  expect(machine.availableBytes()).toBeGreaterThan(0);
  expect(machine.availableBytes()).toBeLessThan(totalmem());
});
