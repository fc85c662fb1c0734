/** Whether all of the app is guarded: the module's extra `guard`. */
export const IS_GUARDING = Symbol('resilience:is-guarding');
