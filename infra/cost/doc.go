// Command cost estimates what a deployment costs in a month, by service, for
// some numbers of tenants. The databases are nearly all of it; the point of the
// rest is how it grows.
//
//	go run ./infra/cost                               # the table of docs/deploy.md
//	go run ./infra/cost -tenants 500 -dedicated 0.5   # your mix
//	go run ./infra/cost -detail                       # every line with its quantity
//	go run ./infra/cost -prices                       # the prices, their sources and dates
//	go run ./infra/cost -price rds-instance=0.39      # a price of your Region or contract
//
// It is an estimate from list prices that were copied by hand (prices.go), each
// compared with a dated source (sources.go), and from assumptions about use
// (assume.go), not from a bill.
package main

//go:generate go run . -write ../../docs/deploy.md
