package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"latchkey/shared/coded"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// options are what the caller asks for.
type options struct {
	mix            Mix
	tenants        []int
	prices         []Price
	detail, listed bool
	write          string // file whose table is renewed
}

// run returns the exit code: 0, 1 where it failed, 2 for wrong arguments.
func run(args []string, out, errs io.Writer) int {
	o, err := parse(args, errs)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		report(errs, err)
		return 2
	}
	if err := o.print(out); err != nil {
		report(errs, err)
		return 1
	}
	return 0
}

func report(errs io.Writer, err error) {
	fmt.Fprintf(errs, "error: %v\n", err)
	if hint := coded.Hint(err); hint != "" {
		fmt.Fprintf(errs, "hint: %s\n", hint)
	}
}

func parse(args []string, errs io.Writer) (*options, error) {
	o := &options{mix: DefaultMix(0), prices: prices()}
	flags := flag.NewFlagSet("cost", flag.ContinueOnError)
	flags.SetOutput(errs)
	tenants := flags.String("tenants", "10,1000,100000", "numbers of tenants, with commas")
	flags.Float64Var(&o.mix.Dedicated, "dedicated", o.mix.Dedicated, "share of the tenants with instances and a key of their own, 0 to 1")
	flags.Float64Var(&o.mix.Products, "products", o.mix.Products, "databases of a tenant")
	flags.IntVar(&o.mix.Shard, "shard", o.mix.Shard, "databases on one shard instance")
	flags.Float64Var(&o.mix.Storage, "storage", o.mix.Storage, "GiB of an instance")
	flags.IntVar(&o.mix.Cells, "cells", o.mix.Cells, "Regions with a cell")
	flags.IntVar(&o.mix.Zones, "zones", o.mix.Zones, "zones with an endpoint, in each cell")
	flags.BoolVar(&o.detail, "detail", false, "print every line with its quantity")
	flags.BoolVar(&o.listed, "prices", false, "print the prices and their sources")
	flags.StringVar(&o.write, "write", "", "renew the table in this file, between its markers")
	flags.Func("price", "another `price=USD`; may be given several times", o.setPrice)
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, coded.Field("arguments", "give flags only", "%q is not one", flags.Arg(0))
	}
	for _, s := range strings.Split(*tenants, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || n < 1 || n > 10_000_000 {
			return nil, coded.Field("tenants", "give numbers from 1 to 10000000, such as 10,1000", "%q is none", s)
		}
		o.tenants = append(o.tenants, n)
	}
	return o, o.mix.validate()
}

func (m Mix) validate() error {
	switch {
	case !(m.Dedicated >= 0 && m.Dedicated <= 1):
		return coded.Field("dedicated", "give a share from 0 to 1", "is %g", m.Dedicated)
	case !(m.Products > 0 && m.Products <= 100):
		return coded.Field("products", "give a number above 0, up to 100", "is %g", m.Products)
	case m.Shard < 1:
		return coded.Field("shard", "give at least 1", "is %d", m.Shard)
	case !(m.Storage >= 20 && m.Storage <= 65536):
		return coded.Field("storage", "RDS takes 20 to 65536 GiB", "is %g", m.Storage)
	case m.Cells < 1 || m.Cells > 50:
		return coded.Field("cells", "give 1 to 50", "is %d", m.Cells)
	case m.Zones < 1 || m.Zones > 6:
		return coded.Field("zones", "give 1 to 6", "is %d", m.Zones)
	}
	return nil
}

func (o *options) setPrice(s string) error {
	name, value, _ := strings.Cut(s, "=")
	usd, err := strconv.ParseFloat(value, 64)
	if err != nil || !(usd >= 0 && usd < 1e6) {
		return fmt.Errorf("%q is not a price; give one such as rds-instance=0.39", s)
	}
	for i := range o.prices {
		if o.prices[i].Name == name {
			o.prices[i].USD, o.prices[i].From = usd, byCaller
			return nil
		}
	}
	return fmt.Errorf("there is no price %q; -prices lists them", name)
}

func (o *options) print(out io.Writer) error {
	if o.listed {
		_, err := io.WriteString(out, priceTable(o.prices))
		return err
	}
	var all []Estimate
	for _, n := range o.tenants {
		m := o.mix
		m.Tenants = n
		e, err := NewEstimate(m, o.prices)
		if err != nil {
			return err
		}
		all = append(all, e)
	}
	text := table(all) + "\n" + basis(o.mix, o.prices)
	if o.write != "" {
		return renew(o.write, text)
	}
	if o.detail {
		text = ""
		for _, e := range all {
			text += detail(e) + "\n"
		}
	}
	_, err := io.WriteString(out, text)
	return err
}
