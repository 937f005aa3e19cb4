// How long a test or hook may hang before it counts as failed: nothing here is about speed, and a machine may be busy
// with others.
jest.setTimeout(300_000);
