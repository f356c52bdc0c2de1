package jsonpath

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express/value"
)

// document is the fleet that most tests look at.
func document(t testing.TB) value.Value {
	t.Helper()
	return must(t, `{
		"fleet": "north",
		"limit": 3,
		"depot": {"city": "Oslo", "geo": {"lat": 59.9, "lon": 10.7}, "open": null},
		"vans": [
			{"id": 1, "name": "Ant", "km": 1200, "tags": ["red", "old"], "load": {"kg": 80}},
			{"id": 2, "name": "bee", "km": 300.5, "tags": [], "spare": null},
			{"id": "3", "name": "Cat's", "km": 77, "tags": ["red"], "load": {"kg": 5, "id": 9}},
			{"id": 4, "km": "77", "note": "a/b"}
		],
		"codes": [5, "x", null, [1, 2], 7],
		"odd keys": {"a.b": 1, "it's": 2, "back\\slash": 3, "": 4, "q\"": 5}
	}`)
}

func must(t testing.TB, s string) value.Value {
	t.Helper()
	v, err := value.ParseString(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return v
}

func TestEval(t *testing.T) {
	doc := document(t)
	tests := []struct{ path, want string }{
		// definite: the value itself
		{`$.fleet`, `"north"`},
		{`$['depot']["city"]`, `"Oslo"`},
		{`$.depot.['geo'].lat`, `59.9`},
		{`$.depot.open`, `null`},
		{`$.vans[0].name`, `"Ant"`},
		{`$.vans[-1].id`, `4`},
		{`$.vans.[1].id`, `2`},
		{`$.codes[3][-2]`, `1`},
		{`$['odd keys']['a.b']`, `1`},
		{`$['odd keys']['it\'s']`, `2`},
		{`$['odd keys']["it's"]`, `2`},
		{`$['odd keys']['back\slash']`, `3`},
		{`$['odd keys']['back\\slash']`, `3`},
		{`$['odd keys']['']`, `4`},
		{`$['odd keys']['q"']`, `5`},
		{`$.odd\ keys.a\.b`, `1`},

		// names as the last step: one object of those that are there
		{`$.depot['city','open']`, `{"city":"Oslo","open":null}`},
		{`$.depot['none','city']`, `{"city":"Oslo"}`},
		{`$.depot['none','no']`, `{}`},
		{`$.vans[*]['id','spare']`, `[{"id":1},{"id":2,"spare":null},{"id":"3"},{"id":4}]`},
		{`$.codes[*]['id','spare']`, `[]`},
		{`$['depot','none']['city','open']`, `[{"city":"Oslo","open":null}]`},

		// indefinite: an array of the matches, also of one or none
		{`$.vans[*].load.kg`, `[80,5]`},
		{`$.depot.geo.*`, `[59.9,10.7]`},
		{`$.fleet.*`, `[]`},
		{`$.fleet[*]`, `[]`},
		{`$.codes[*]`, `[5,"x",null,[1,2],7]`},
		{`$.codes[*][*]`, `[1,2]`},
		{`$.codes[*][0]`, `[1]`},
		{`$.codes[0,2,-1]`, `[5,null,7]`},
		{`$.codes[0,9]`, `[5]`},
		{`$.codes[0,0]`, `[5,5]`},
		{`$['fleet','limit']['x']`, `[]`},
		{`$.depot['geo','none'].lon`, `[10.7]`},
		{`$.codes[1:3]`, `["x",null]`},
		{`$.codes[3:]`, `[[1,2],7]`},
		{`$.codes[:1]`, `[5]`},
		{`$.codes[-2:]`, `[[1,2],7]`},
		{`$.codes[:-3]`, `[5,"x"]`},
		{`$.codes[-3:-1]`, `[null,[1,2]]`},
		{`$.codes[1:-1]`, `["x",null,[1,2]]`},
		{`$.codes[-9:9]`, `[5,"x",null,[1,2],7]`},
		{`$.codes[3:1]`, `[]`},
		{`$.codes[9:]`, `[]`},
		{`$.codes[:0]`, `[]`},
		{`$.vans[:2].name`, `["Ant","bee"]`},

		// nothing to look into: no match
		{`$.none[*]`, `[]`},
		{`$.none[1:]`, `[]`},
		{`$.none[:1]`, `[]`},
		{`$.none.more[1:5].x`, `[]`},
		{`$.none[?(@.x)]`, `[]`},
		{`$.none..x`, `[]`},
		{`$.fleet.more[*]`, `[]`},
		{`$.codes[9][*]`, `[]`},
		{`$.depot.open[*]`, `[]`},
		{`$.depot.open[1:]`, `[]`},
		{`$.depot.open[0,1]`, `[]`},

		// deep
		{`$..kg`, `[80,5]`},
		{`$..id`, `[1,2,"3",9,4]`},
		{`$.vans..id`, `[1,2,"3",9,4]`},
		{`$..[0]`, `[{"id":1,"name":"Ant","km":1200,"tags":["red","old"],"load":{"kg":80}},"red","red",5,1]`},
		{`$..[-1:]`, `[{"id":4,"km":"77","note":"a/b"},"old","red",7,2]`},
		{`$..geo.lat`, `[59.9]`},
		{`$..geo..lat`, `[59.9]`},
		{`$.depot..*`, `["Oslo",{"lat":59.9,"lon":10.7},null,59.9,10.7]`},
		{`$.codes..[*]`, `[5,"x",null,[1,2],7,1,2]`},
		{`$..['lat','lon']`, `[{"lat":59.9,"lon":10.7}]`},
		{`$..['geo','load'].kg`, `[80,5]`},
		{`$..none`, `[]`},
		{`$.fleet..x`, `[]`},
		{`$..load[?(@.kg > 50)].kg`, `[80]`},
		{`$..[?(@.kg)].kg`, `[80,5]`},
		{`$..tags[0]`, `["red","red"]`},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			got, err := parse(t, tt.path).Eval(doc, nil)
			if err != nil || got.String() != tt.want {
				t.Errorf("got %v, %v, want %s", got, err, tt.want)
			}
		})
	}
}

// A filter on an array tests the elements, on an object the object.
func TestFilter(t *testing.T) {
	doc := document(t)
	tests := []struct{ filter, want string }{ // the ids of the vans
		{`@.load`, `[1,"3"]`},
		{`!@.load`, `[2,4]`},
		{`!(@.load)`, `[2,4]`},
		{`!!@.load`, `[1,"3"]`},
		{`@.spare`, `[2]`}, // null is there
		{`@`, `[1,2,"3",4]`},
		{`@.load.kg`, `[1,"3"]`},
		{`@.tags[0]`, `[1,"3"]`},
		{`@.tags[*]`, `[1,"3"]`},
		{`@..kg`, `[1,"3"]`},
		{`@['load'].id`, `["3"]`},

		{`@.name == 'Ant'`, `[1]`},
		{`'Ant' == @.name`, `[1]`},
		{`@.name == "Cat's"`, `["3"]`},
		{`@.name==bee`, `[2]`},
		{`@.id == 3`, `["3"]`},   // a string that reads as the number
		{`@.id == '1.0'`, `[1]`}, // and the other way round
		{`@.km == 77.0`, `["3",4]`},
		{`@.km == 'x'`, `[]`},
		{`@.name != 'Ant'`, `[2,"3",4]`}, // what is missing is not equal
		{`@.name == @.none`, `[]`},
		{`@.none == @.none`, `[]`},
		{`@.spare == null`, `[2]`},
		{`@.tags == ['red']`, `["3"]`},
		{`@.load == null`, `[]`},

		{`@.km > 100`, `[1,2]`},
		{`@.km >= 300.5`, `[1,2]`},
		{`@.km < 300.5`, `["3"]`}, // numbers only with numbers
		{`@.km <= 300.5`, `[2,"3"]`},
		{`100 < @.km`, `[1,2]`},
		{`@.name < 'a'`, `[1,"3"]`},
		{`@.name >= 'bee'`, `[2]`},
		{`@.tags > 1`, `[]`},
		{`@.id <= $.limit`, `[1,2]`},
		{`@.load.kg == $.vans[0].load.kg`, `[1]`},

		{`@.name =~ /A.*/`, `[1]`},
		{`@.name =~ /[ab].*/i`, `[1,2]`},
		{`@.name =~ /n/`, `[]`}, // all of it
		{`@.name =~ /b|Ant|x/`, `[1]`},
		{`@.name =~ /\QAnt/`, `[1]`},
		{`@.name =~ /a.t|b/is`, `[1]`},
		{`@.name =~ /^A$nt|^Cat's$/m`, `["3"]`},
		{`@.note =~ /a\/b/`, `[4]`},
		{`@.km =~ /77/`, `["3",4]`}, // of the text of a number
		{`@.tags =~ /.*/`, `[]`},
		{`@.none =~ /.*/`, `[]`},

		{`@.name in ['bee', 'Ant']`, `[1,2]`},
		{`@.id in [3, 4]`, `["3",4]`},
		{`@.name in 'bee'`, `[]`},
		{`'red' in @.tags`, `[1,"3"]`},
		{`@.name nin ['bee', 'Ant']`, `["3",4]`},
		{`@.tags subsetof ['red', 'new']`, `[2,"3"]`},
		{`@.tags anyof ['old', 'new']`, `[1]`},
		{`@.tags noneof ['old', 'new']`, `[2,"3"]`},
		{`@.name subsetof ['Ant']`, `[]`},
		{`@.tags contains 'old'`, `[1]`},
		{`@.name contains 'e'`, `[2]`},
		{`@.name contains 1`, `[]`},
		{`@.none contains 1`, `[]`},
		{`@.tags size 1`, `["3"]`},
		{`@.load size 2`, `["3"]`},
		{`@.name size 3`, `[1,2]`},
		{`@.km size 3`, `[]`},
		{`@.tags size '1'`, `[]`},
		{`@.tags empty true`, `[2]`},
		{`@.tags empty false`, `[1,"3"]`},
		{`@.name empty false`, `[1,2,"3"]`},
		{`@.km empty true`, `[]`},
		{`@.tags empty 0`, `[]`},

		{`@.load && @.km > 100`, `[1]`},
		{`@.load || @.km > 100`, `[1,2,"3"]`},
		{`@.km > 1000 || @.km < 100 && @.name`, `[1,"3"]`},
		{`(@.km > 1000 || @.km < 100) && @.name == 'Ant'`, `[1]`},
		{`!(@.load || @.spare)`, `[4]`},
		{`!(@.id == 1) && !(@.id == 2)`, `["3",4]`},
		{`@.tags[?(@ == 'old')]`, `[1]`},
		{`@.load[?(@.kg < 50)]`, `["3"]`},
	}
	for _, tt := range tests {
		t.Run(tt.filter, func(t *testing.T) {
			got, err := parse(t, "$.vans[?("+tt.filter+")].id").Eval(doc, nil)
			if err != nil || got.String() != tt.want {
				t.Errorf("got %v, %v, want %s", got, err, tt.want)
			}
		})
	}
	for path, want := range map[string]string{
		`$.depot[?(@.city == 'Oslo')].geo.lon`: `[10.7]`,
		`$.depot[?(@.city == 'Rome')]`:         `[]`,
		`$.codes[?(@ > 5)]`:                    `[7]`,
		`$.codes[?(@ == null)]`:                `[null]`,
		`$.vans[*].tags[?(@ =~ /o.*/)]`:        `["old"]`,
	} {
		if got, err := parse(t, path).Eval(doc, nil); err != nil || got.String() != want {
			t.Errorf("%s: %v, %v, want %s", path, got, err, want)
		}
	}
}

func TestNotFound(t *testing.T) {
	doc := document(t)
	tests := []struct {
		path string
		want NotFound
		text string
	}{
		{`$.none`, NotFound{`$['none']`, `['none']`, `none`, true, false, value.KindObject}, `No results for path: $['none']`},
		{`$.depot.none`, NotFound{`$['depot']['none']`, `['none']`, `none`, true, false, value.KindObject}, `No results for path: $['depot']['none']`},
		{`$.no.such.path`, NotFound{`$['no']`, `['no']`, `no`, false, false, value.KindObject}, `Missing property in path $['no']`},
		{`$.depot.no.more`, NotFound{`$['depot']['no']`, `['no']`, `no`, false, false, value.KindObject}, `Missing property in path $['depot']['no']`},
		{`$$.none`, NotFound{`$$['none']`, `['none']`, `none`, true, false, value.KindObject}, `No results for path: $$['none']`},
		{`$v.none`, NotFound{`$v['none']`, `['none']`, `none`, true, false, value.KindObject}, `No results for path: $v['none']`},
		{`$.codes[5]`, NotFound{`$['codes'][5]`, `[5]`, `5`, true, true, value.KindArray}, `No results for path: $['codes'][5]`},
		{`$.codes[-6]`, NotFound{`$['codes'][-6]`, `[-6]`, `-6`, true, true, value.KindArray}, `No results for path: $['codes'][-6]`},
		{`$.vans[9].id`, NotFound{`$['vans'][9]`, `[9]`, `9`, false, true, value.KindArray}, `No results for path: $['vans'][9]`},
		{`$.fleet.x`, NotFound{`$['fleet']['x']`, `['x']`, `x`, true, false, value.KindString}, `Expected to find an object with property ['x'] in path $['fleet'] but found 'string'.`},
		{`$.depot.open.x.y`, NotFound{`$['depot']['open']['x']`, `['x']`, `x`, false, false, value.KindNull}, `Expected to find an object with property ['x'] in path $['depot']['open'] but found 'null'.`},
		{`$.vans['a','b']`, NotFound{`$['vans']['a','b']`, `['a','b']`, ``, true, false, value.KindArray}, `Expected to find an object with property ['a','b'] in path $['vans'] but found 'array'.`},
		{`$.depot[0]`, NotFound{`$['depot'][0]`, `[0]`, `0`, true, false, value.KindObject}, `Filter: [0] cannot be applied to the object at $['depot']`},
		{`$[1:]`, NotFound{`$[1:]`, `[1:]`, ``, true, false, value.KindObject}, `Filter: [1:] cannot be applied to the object at $`},
		{`$.fleet[0,1].x`, NotFound{`$['fleet'][0,1]`, `[0,1]`, ``, false, false, value.KindString}, `Filter: [0,1] cannot be applied to the string at $['fleet']`},
		{`$.fleet[?(@.x)]`, NotFound{`$['fleet'][?(@['x'])]`, `[?(@['x'])]`, ``, true, false, value.KindString}, `Filter: [?(@['x'])] cannot be applied to the string at $['fleet']`},
	}
	for _, tt := range tests {
		v, err := parse(t, tt.path).Eval(doc, nil)
		var got *NotFound
		if !errors.As(err, &got) {
			t.Errorf("%s: %v, %v", tt.path, v, err)
			continue
		}
		if diff := cmp.Diff(tt.want, *got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.path, diff)
		}
		if got.Error() != tt.text {
			t.Errorf("%s: %v, want %s", tt.path, err, tt.text)
		}
	}
}

// Each node costs a step; the last step granted is enough, one less is not.
func TestBudget(t *testing.T) {
	doc := document(t)
	for path, cost := range map[string]int64{
		`$`:               0,
		`$.fleet`:         1,
		`$.depot.geo.lat`: 3,
		// codes, the array and five matches
		`$.codes[*]`: 7,
		// depot, the object, itself and five values below it, one match
		`$.depot..lat`: 9,
		// vans, the array, then for four elements the element, its id and the
		// comparison, then the element of which the id is wanted and the match
		`$.vans[?(@.id == 1)].id`: 16,
		// only three have a name to be matched
		`$.vans[?(@.name =~ /.n./)]`: 18,
		// a comparison of arrays costs the product of their lengths more: 2, 0 and 1
		`$.vans[?(@.tags anyof [1])]`: 17,
	} {
		p := parse(t, path)
		left := int64(1_000_000)
		if _, err := p.Eval(doc, &left); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if used := 1_000_000 - left; used != cost {
			t.Errorf("%s: used %d steps, want %d", path, used, cost)
		}
		left = cost
		if _, err := p.Eval(doc, &left); err != nil || left != 0 {
			t.Errorf("%s with %d steps: %v, %d left", path, cost, err, left)
		}
		left = cost - 1
		if v, err := p.Eval(doc, &left); cost > 0 && (err != ErrBudget || !v.IsNothing()) {
			t.Errorf("%s with %d steps: %v, %v", path, cost-1, v, err)
		}
	}
}

// Members of a long object are looked through for a price, once for each name.
func TestBudgetOfLongObjects(t *testing.T) {
	m := make([]value.Member, 10*longObject)
	for i := range m {
		m[i].Key = strings.Repeat("k", i+1)
	}
	long, short := value.Object(m...), value.Object(m[:longObject-1]...)
	for _, tt := range []struct {
		path string
		doc  value.Value
		cost int64
	}{
		{"$.k", long, 1 + 10},
		{"$.k", short, 1},
		{"$['k','kk','no']", long, 1 + 30},
		{"$[*]", value.Array(long, long), 1 + 2},
		{"$[*].k", value.Array(long, long), 1 + 2*(1+10+1)},
		{"$..k", value.Array(long, short), 1 + 1 + (1 + 10 + 160 + 1) + (1 + 15 + 1)},
		{"$[0]", value.Array(make([]value.Value, 1000)...), 1},
	} {
		steps := tt.cost
		if _, err := parse(t, tt.path).Eval(tt.doc, &steps); err != nil || steps != 0 {
			t.Errorf("%s: %d of %d steps left, %v", tt.path, steps, tt.cost, err)
		}
	}
}

// A path bomb ends when the steps do, however many nodes it would visit.
func TestBudgetEndsBombs(t *testing.T) {
	nested := must(t, strings.Repeat(`{"a":[`, 30)+`"x"`+strings.Repeat(`]}`, 30))
	list := must(t, "["+strings.Repeat("[1,2,3,4,5,6,7,8,9],", 1000)+"0]")
	text := value.Array(value.String(strings.Repeat("a", 200_000)))
	for path, doc := range map[string]value.Value{
		`$` + strings.Repeat(`..*`, 20):           nested,
		`$` + strings.Repeat(`..a`, 20):           nested,
		`$[*][?(@ in $[*][*])]`:                   list,
		`$[?($..* anyof $..*)]`:                   list,
		`$[*][?($ == $ && $ == $)]`:               list,
		`$[?(@ =~ /(a|aa|aaa|aaaa){1,99}(x|b)/)]`: text,
	} {
		steps := int64(100_000)
		if v, err := parse(t, path).Eval(doc, &steps); err != ErrBudget {
			t.Errorf("%s: %d matches, %v, %d steps left", path, v.Len(), err, steps)
		}
	}
}

func TestMaxMatches(t *testing.T) {
	row := make([]value.Value, 1000)
	for i := range row {
		row[i] = value.Null
	}
	rows := make([]value.Value, MaxMatches/len(row))
	for i := range rows {
		rows[i] = value.Array(row...)
	}
	p := parse(t, "$[*][*]")
	if v, err := p.Eval(value.Array(rows...), nil); err != nil || v.Len() != MaxMatches {
		t.Errorf("%d matches, %v", v.Len(), err)
	}
	if _, err := p.Eval(value.Array(append(rows, value.Array(value.Null))...), nil); err != ErrBudget {
		t.Errorf("one match more: %v", err)
	}
}

// A definite path does not allocate, and a path serves many goroutines.
func TestEvalAllocs(t *testing.T) {
	doc := document(t)
	for _, src := range []string{`$.depot.geo.lat`, `$.vans[-1].id`, `$`} {
		p := parse(t, src)
		steps := int64(1 << 40)
		if got := testing.AllocsPerRun(100, func() { p.Eval(doc, &steps) }); got != 0 {
			t.Errorf("%s: %v allocations", src, got)
		}
	}
}

func TestConcurrentEval(t *testing.T) {
	doc := document(t)
	p := parse(t, `$..[?(@.name =~ /.*a.*/i && @.tags size 1)].id`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if v, err := p.Eval(doc, nil); err != nil || v.String() != `["3"]` {
					t.Errorf("got %v, %v", v, err)
				}
			}
		})
	}
	wg.Wait()
}
