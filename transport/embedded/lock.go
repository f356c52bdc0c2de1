package embedded

import "errors"

// lockFile is held for as long as a Server uses its directory: nats-server
// itself would let two of them ruin it.
const lockFile = "express.lock"

var errInUse = errors.New("it is in use by another express process")
