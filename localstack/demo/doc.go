// Package demo tells Latchkey's main job end to end, on an embedded cell and a
// virtual clock: customers sign up, get Multi-AZ databases under keys of their
// choice, take those keys away in every way there is, and come back, or not.
//
// A story is a script: chapter_*.go say what customers and commerce do and
// when; narrate.go turns what the control plane announces into lines; watch.go
// keeps books of every event in and out; and promise.go holds what came of it
// against what is promised. Those checks ask the twins of AWS, the bus and the
// access decision, and never take the records' word for it.
//
// Everything but real time follows from the number of tenants and the seed.
package demo
