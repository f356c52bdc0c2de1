package template

// step charges n steps of work.
func (s *Scope) step(n int) error {
	s.Budget.Steps -= int64(n)
	if s.Budget.Steps < 0 {
		return exhausted(nil)
	}
	return nil
}

// exhausted is the failure of an expression that takes too many steps.
func exhausted(err error) error {
	return &Failure{Name: errRuntime, Cause: "The expressions of the execution took more steps than the limit allows.", Err: err}
}

// grow charges n bytes of JSON, before they are built.
func (s *Scope) grow(n int) error {
	s.Budget.Bytes -= int64(n)
	if s.Budget.Bytes < 0 {
		return &Failure{Name: errLimit, Cause: "The expressions of the execution built more data than the limit allows."}
	}
	return nil
}

// build charges an object or array of n values whose JSON without them is size
// bytes long.
func (s *Scope) build(n, size int) error {
	if err := s.step(n); err != nil {
		return err
	}
	return s.grow(size)
}

// bytesPerStep is how much text costs a step: handling it takes about as long as
// visiting a node.
const bytesPerStep = 32

// text charges the reading of n bytes of text, and size bytes of JSON to be
// made of it.
func (s *Scope) text(n, size int) error { return s.build(n/bytesPerStep, size) }
