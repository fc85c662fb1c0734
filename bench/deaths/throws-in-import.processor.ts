throw new SyntaxError('bad settings');

export default function never(): void {}
