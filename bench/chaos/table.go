package main

import "slices"

// table are all rows, in the order of their numbers.
var table = slices.SortedStableFunc(slices.Values(slices.Concat(workerRows, serverRows, networkRows, diskRows, taskRows, inputRows, limitRows, consumerRows, clockRows, skippedRows)),
	func(a, b *row) int { return a.num - b.num })

// skippedRows are faults that nothing here can cause, each with the reason.
var skippedRows = []*row{
	{
		num: 20, name: "power failure: what was not synced to disk is gone", promise: "L1 with sync_interval always",
		skip: "needs a file system that drops what was not synced (FUSE); see what is not promised",
	},
	{
		num: 42, name: "a day of rows drawn at random", promise: "all of the above",
		skip: "that is make soak, for as long as it is asked",
	},
}
