/* A library of the host. */
int answer(void) { return 42; }
