// Package catalog holds the workflows that are served, and keeps those that are
// deployed.
//
// A [Catalog] has each of them compiled and bound to what performs its tasks. Who
// looks one up takes no lock; who reloads replaces all at once, and keeps what ran
// of a workflow whose definition no longer compiles. Workflows come from the files
// of an application directory ([Catalog.Load]), and from a [Store] that is shared
// with others ([Catalog.Follow]).
//
// A Store holds a [StateMachine] for each name that was deployed: its definition,
// configuration, versions, aliases and tags, in one record that changes as a whole
// by compare-and-set. [Buckets] is the Store of a broker, [Memory] one for a
// process; [Files] reads the application directory in the same form. A [Registry]
// changes a Store by the rules of AWS's API, and answers in its words.
package catalog
