// Package layers holds, as a test, which package may import which. The table
// states policy: it is not loosened to make a build pass, but by a decision of
// its own with the reason.
package layers
