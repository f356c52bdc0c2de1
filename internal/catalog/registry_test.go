package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/internal/config"
)

var account = Account{"aws", "eu-west-1", "123456789012"}

const role = "arn:aws:iam::123456789012:role/orders"

// A desk asks a Registry of a test.
type desk struct {
	*testing.T
	*Registry
}

func newDesk(t *testing.T) *desk {
	return &desk{t, NewRegistry(NewMemory(), RegistryOptions{Account: account})}
}

// arn is the ARN of a name, qualified where it says so: orders:1.
func arn(name string) string { return account.Of(name).String() }

func (d *desk) create(name string, do ...func(*Create)) {
	d.Helper()
	q := Create{Name: name, Definition: says(name), Role: role, Type: Express}
	for _, do := range do {
		do(&q)
	}
	if _, _, err := d.Create(d.Context(), q); err != nil {
		d.Fatal(err)
	}
}

func published(q *Create) { q.Publish = true }

// update gives a state machine a new definition and returns its revision.
func (d *desk) update(name, text string, publish bool) string {
	d.Helper()
	definition := says(text)
	m, _, err := d.Update(d.Context(), arn(name), Update{Definition: &definition, Publish: publish})
	if err != nil {
		d.Fatal(err)
	}
	return m.ID
}

// refuse wants err to be an *Error with this code and these words.
func (d *desk) refuse(what string, err error, code Code, words string) {
	d.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Code != code || !strings.Contains(e.Message, words) {
		d.Errorf("%s: error is %v, want %s: %s", what, err, code, words)
	}
}

func (d *desk) versions(name string) (numbers []int) {
	d.Helper()
	all, _, err := d.Versions(d.Context(), arn(name), Page{})
	if err != nil {
		d.Fatal(err)
	}
	for _, v := range all {
		numbers = append(numbers, v.Number)
	}
	return numbers
}

func TestCreate(t *testing.T) {
	d := newDesk(t)
	first := Create{
		Name: "orders", Definition: says("one"), Role: role, Type: Express, Tags: []Tag{{"b", "2"}, {"a", "1"}},
		Publish: true, VersionDescription: "first",
	}
	m, v, err := d.Create(t.Context(), first)
	if err != nil || v == nil || v.Number != 1 || v.Description != "first" || m.ID != "" {
		t.Fatalf("created %+v, version %+v, %v", m, v, err)
	}
	if diff := cmp.Diff([]Tag{{"a", "1"}, {"b", "2"}}, m.Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}

	for what, change := range map[string]func(*Create){
		"nothing":            func(q *Create) {},
		"the role":           func(q *Create) { q.Role += "2" },
		"the tags":           func(q *Create) { q.Tags = nil },
		"to say the default": func(q *Create) { q.Logging = &Logging{Level: "OFF"} },
	} {
		q := first
		change(&q)
		again, v, err := d.Create(t.Context(), q)
		if err != nil || v == nil || v.Number != 1 {
			t.Errorf("changing %s: version %v, %v", what, v, err)
		} else if diff := cmp.Diff(m, again); diff != "" {
			t.Errorf("changing %s (-want +got):\n%s", what, diff)
		}
	}
	for what, change := range map[string]func(*Create){
		"the format":          func(q *Create) { q.Definition += " " },
		"what is substituted": func(q *Create) { q.Set = map[string]string{"A": "b"} },
		"the type":            func(q *Create) { q.Type = Standard },
		"the logging":         func(q *Create) { q.Logging = &Logging{Level: "ALL", Destinations: []string{"x"}} },
		"the tracing":         func(q *Create) { q.Tracing = true },
		"the encryption":      func(q *Create) { q.Encryption = &Encryption{Type: "AWS_OWNED_KEY"} },
		"the publishing":      func(q *Create) { q.Publish, q.VersionDescription = false, "" },
		"the description":     func(q *Create) { q.VersionDescription = "other" },
	} {
		q := first
		change(&q)
		_, _, err := d.Create(t.Context(), q)
		d.refuse("changing "+what, err, StateMachineAlreadyExists, "State Machine Already Exists: '"+arn("orders")+"'")
	}
}

func TestCreateRefused(t *testing.T) {
	d := newDesk(t)
	long := func(n int) string { return strings.Repeat("x", n) }
	logging := "Must specify exactly one Log Destination."
	for _, tt := range []struct {
		what   string
		change func(*Create)
		code   Code // "" for none
		words  string
	}{
		{"a name of 80", func(q *Create) { q.Name = long(80) }, "", ""},
		{"a name of 81", func(q *Create) { q.Name = long(81) }, ValidationException, "'name' failed to satisfy constraint: Member must have length less than or equal to 80"},
		{"no name", func(q *Create) { q.Name = "" }, ValidationException, "greater than or equal to 1"},
		{"a blank", func(q *Create) { q.Name = "a b" }, InvalidName, "Invalid Name: 'a b'"},
		{"a colon", func(q *Create) { q.Name = "a:b" }, InvalidName, "Invalid Name: 'a:b'"},
		{"a role of 256", func(q *Create) { q.Role = long(256) }, "", ""},
		{"a role of 257", func(q *Create) { q.Role = long(257) }, ValidationException, "'roleArn'"},
		{"a type", func(q *Create) { q.Type = "QUICK" }, ValidationException, "Value 'QUICK' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [STANDARD, EXPRESS]"},
		{"a description", func(q *Create) { q.VersionDescription = "x" }, ValidationException, "Version description can only be set when publish is true"},
		{"a description of 256", func(q *Create) { q.Publish, q.VersionDescription = true, long(256) }, "", ""},
		{"a description of 257", func(q *Create) { q.Publish, q.VersionDescription = true, long(257) }, ValidationException, "'versionDescription'"},
		{"no states", func(q *Create) { q.Definition = `{"StartAt": "A"}` }, InvalidDefinition, "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /'"},
		{"1 MiB", func(q *Create) { q.Definition = says("x") + strings.Repeat(" ", MaxDefinition-len(says("x"))) }, "", ""},
		{"more", func(q *Create) { q.Definition = strings.Repeat(" ", MaxDefinition+1) }, ValidationException, "less than or equal to 1048576"},
		{"a level without a destination", func(q *Create) { q.Logging = &Logging{Level: "FATAL"} }, InvalidLoggingConfiguration, logging},
		{"two destinations", func(q *Create) { q.Logging = &Logging{Level: "ALL", Destinations: []string{"a", "b"}} }, InvalidLoggingConfiguration, logging},
		{"a destination for nothing", func(q *Create) { q.Logging = &Logging{Level: "OFF", Destinations: []string{"a"}} }, "", ""},
		{"a level", func(q *Create) { q.Logging = &Logging{Level: "SOME"} }, ValidationException, "'loggingConfiguration.level'"},
		{"50 tags", func(q *Create) { q.Tags = tags(50) }, "", ""},
		{"51 tags", func(q *Create) { q.Tags = tags(51) }, TooManyTags, ""},
		{"a key of 128", func(q *Create) { q.Tags = []Tag{{long(128), long(256)}} }, "", ""},
		{"a key of 129", func(q *Create) { q.Tags = []Tag{{long(129), ""}} }, ValidationException, "'tags.1.member.key'"},
		{"an empty key", func(q *Create) { q.Tags = []Tag{{"", ""}} }, ValidationException, "'tags.1.member.key'"},
		{"a value of 257", func(q *Create) { q.Tags = []Tag{{"a", long(257)}} }, ValidationException, "'tags.1.member.value'"},
	} {
		q := Create{Name: "x", Definition: says("x"), Role: role, Type: Express}
		tt.change(&q)
		m, _, err := d.Create(t.Context(), q)
		if tt.code != "" {
			d.refuse(tt.what, err, tt.code, tt.words)
		} else if err != nil {
			t.Errorf("%s: %v", tt.what, err)
		} else if err := d.Delete(t.Context(), arn(m.Name)); err != nil {
			t.Error(err)
		}
	}
}

func tags(n int) (all []Tag) {
	for i := range n {
		all = append(all, Tag{fmt.Sprint("key", i), ""})
	}
	return all
}

func TestUpdate(t *testing.T) {
	d := newDesk(t)
	d.create("orders")
	same, other := says("orders"), says("other")
	m, v, err := d.Update(t.Context(), arn("orders"), Update{Definition: &same, Publish: true})
	if err != nil || m.ID != "" || v.Number != 1 {
		t.Errorf("the same again: revision %q, version %v, %v, want the initial revision as version 1", m.ID, v, err)
	}
	m, v, err = d.Update(t.Context(), arn("orders"), Update{Definition: &other})
	if err != nil || m.ID == "" || v != nil {
		t.Errorf("another: revision %q, version %v, %v, want a revision", m.ID, v, err)
	}
	before := m.ID
	for _, tt := range []struct {
		what  string
		q     Update
		again bool // the revision stays
	}{
		{"the same", Update{Definition: &other}, true},
		{"another role", Update{Role: new("arn:other")}, false},
		{"the same role", Update{Role: new("arn:other")}, true},
		{"tracing", Update{Tracing: new(true)}, false},
		{"tracing again", Update{Tracing: new(true)}, true},
		{"logging", Update{Logging: &Logging{Level: "ALL", Destinations: []string{"x"}}}, false},
		{"encryption", Update{Encryption: &Encryption{Type: "AWS_OWNED_KEY"}}, false},
	} {
		m, _, err := d.Update(t.Context(), arn("orders"), tt.q)
		if err != nil || (m.ID == before) != tt.again {
			t.Errorf("%s: revision %s after %s, %v", tt.what, m.ID, before, err)
		}
		before = m.ID
	}
	got, err := d.Describe(t.Context(), arn("orders"))
	if err != nil || string(got.Definition) != other || !got.Revision.Tracing || got.Revision.Role != "arn:other" || got.Revision.Logging.Level != "ALL" {
		t.Errorf("described as %+v, %v", got, err)
	}
	if got, err = d.Describe(t.Context(), arn("orders:1")); err != nil || string(got.Definition) != same || got.Version.Number != 1 {
		t.Errorf("version 1 is described as %+v, %v", got, err)
	}

	for what, tt := range map[string]struct {
		arn   string
		q     Update
		code  Code
		words string
	}{
		"nothing":         {arn("orders"), Update{Publish: true}, MissingRequiredParameter, "Either the definition, the role ARN"},
		"a version":       {arn("orders:1"), Update{Definition: &same}, StateMachineDoesNotExist, "State Machine Does Not Exist: '" + arn("orders:1") + "'"},
		"what is absent":  {arn("none"), Update{Definition: new("{}")}, StateMachineDoesNotExist, arn("none")},
		"another account": {strings.Replace(arn("orders"), "123456789012", "999999999999", 1), Update{Role: new(role)}, StateMachineDoesNotExist, "999999999999"},
		"no machine":      {arn("orders"), Update{Definition: new("{}")}, InvalidDefinition, "[States, StartAt]"},
		"a description":   {arn("orders"), Update{Role: new(role), VersionDescription: "x"}, ValidationException, "publish is true"},
		"logging":         {arn("orders"), Update{Logging: &Logging{Level: "ALL"}}, InvalidLoggingConfiguration, ""},
		"no ARN":          {"orders", Update{Role: new(role)}, InvalidArn, "Invalid Arn: 'Invalid ARN prefix: orders'"},
	} {
		_, _, err := d.Update(t.Context(), tt.arn, tt.q)
		d.refuse(what, err, tt.code, tt.words)
	}
}

// All who update at once count, and each revision is one of its own.
func TestUpdateConcurrently(t *testing.T) {
	d := newDesk(t)
	d.create("orders")
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			text := says(fmt.Sprint(i))
			if _, _, err := d.Update(t.Context(), arn("orders"), Update{Definition: &text, Publish: true}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := d.versions("orders"); len(got) != 20 || got[0] != 20 || got[19] != 1 {
		t.Errorf("versions are %v", got)
	}
}

func TestDelete(t *testing.T) {
	d := newDesk(t)
	d.create("orders", published)
	if _, _, err := d.CreateAlias(t.Context(), "live", "", []RouteRequest{{arn("orders:1"), 100}}); err != nil {
		t.Fatal(err)
	}
	d.refuse("a version", d.Delete(t.Context(), arn("orders:1")), ValidationException, arn("orders:1"))
	for range 2 {
		if err := d.Delete(t.Context(), arn("orders")); err != nil {
			t.Fatal(err)
		}
	}
	d.refuse("no ARN", d.Delete(t.Context(), "x"), InvalidArn, "")
	_, err := d.Describe(t.Context(), arn("orders"))
	d.refuse("describe", err, StateMachineDoesNotExist, "")
	_, err = d.Alias(t.Context(), arn("orders:live"))
	d.refuse("alias", err, ResourceNotFound, "")
	d.create("orders", published)
	if got := d.versions("orders"); !slices.Equal(got, []int{1}) {
		t.Errorf("made anew it has versions %v, want to begin at 1", got)
	}
}

func TestPublish(t *testing.T) {
	d := newDesk(t)
	d.create("orders")
	publish := func(revision, description string) (*Version, error) {
		_, v, err := d.Publish(t.Context(), arn("orders"), revision, description)
		return v, err
	}
	one, err := publish("", "first")
	if err != nil || one.Number != 1 {
		t.Fatal(one, err)
	}
	if again, err := publish("", "ignored"); err != nil || again.Number != 1 || again.Description != "first" {
		t.Errorf("the same revision again: %+v, %v", again, err)
	}
	old := d.update("orders", "two", false)
	now := d.update("orders", "three", false)
	_, err = publish(old, "")
	d.refuse("an old revision", err, Conflict,
		fmt.Sprintf("Failed to publish the State Machine version for revision %s. The current State Machine revision is %s.", old, now))
	if two, err := publish(now, ""); err != nil || two.Number != 2 {
		t.Error(two, err)
	}
	_, _, err = d.Publish(t.Context(), arn("none"), "", "")
	d.refuse("what is absent", err, StateMachineDoesNotExist, arn("none"))
	_, err = publish("", strings.Repeat("x", 257))
	d.refuse("a long description", err, ValidationException, "'description'")

	for range 2 {
		if err := d.DeleteVersion(t.Context(), arn("orders:2")); err != nil {
			t.Error(err)
		}
	}
	if three, err := publish("", ""); err != nil || three.Number != 3 {
		t.Errorf("after 2 is gone: %+v, %v, want 3", three, err)
	}
	if got := d.versions("orders"); !slices.Equal(got, []int{3, 1}) {
		t.Errorf("versions are %v", got)
	}
	d.refuse("the machine", d.DeleteVersion(t.Context(), arn("orders")), InvalidArn, "")
	if err := d.DeleteVersion(t.Context(), arn("none:1")); err != nil {
		t.Errorf("of no machine: %v", err)
	}
}

// A state machine has up to 1000 versions and 100 aliases.
func TestQuotas(t *testing.T) {
	d := newDesk(t)
	d.create("orders", published)
	a, err := ParseARN(arn("orders"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.change(t.Context(), a, absent, func(m *StateMachine) error {
		for i := 2; i <= maxVersions; i++ {
			m.ID = fmt.Sprint(i)
			if _, err := m.publish(strings.Repeat("d", maxDescription), now()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	d.update("orders", "more", false)
	_, _, err = d.Publish(t.Context(), arn("orders"), "", "")
	d.refuse("one more version", err, ServiceQuotaExceeded, "1000 versions")

	for i := range maxAliases {
		if _, _, err := d.CreateAlias(t.Context(), fmt.Sprint("a", i), "", []RouteRequest{{arn("orders:1"), 100}}); err != nil {
			t.Fatal(i, err)
		}
	}
	_, _, err = d.CreateAlias(t.Context(), "more", "", []RouteRequest{{arn("orders:1"), 100}})
	d.refuse("one more alias", err, ServiceQuotaExceeded, "100 aliases")
}

func TestAlias(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	d.create("orders", published)
	d.update("orders", "two", true)
	one, two := arn("orders:1"), arn("orders:2")
	routing := []RouteRequest{{one, 90}, {two, 10}}
	a, first, err := d.CreateAlias(ctx, "live", "d", routing)
	if err != nil || a.String() != arn("orders:live") {
		t.Fatal(a, err)
	}
	if _, again, err := d.CreateAlias(ctx, "live", "d", routing); err != nil || cmp.Diff(first, again) != "" {
		t.Errorf("again: %+v, %v, want %+v", again, err, first)
	}
	const conflict = "Failed to create alias because an alias with the same name and a different routing configuration already exists."
	_, _, err = d.CreateAlias(ctx, "live", "other", routing)
	d.refuse("another description", err, Conflict, conflict)
	_, _, err = d.CreateAlias(ctx, "live", "d", []RouteRequest{{one, 100}})
	d.refuse("another routing", err, Conflict, conflict)

	d.refuse("deleting a version that is referred to", d.DeleteVersion(ctx, two), Conflict,
		"Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [live]")
	if got, err := d.UpdateAlias(ctx, arn("orders:live"), new(""), nil); err != nil || got.Description != "" || len(got.Routes) != 2 {
		t.Errorf("without a description: %+v, %v", got, err)
	}
	if got, err := d.UpdateAlias(ctx, arn("orders:live"), nil, []RouteRequest{{one, 100}}); err != nil || !slices.Equal(got.Routes, []Route{{1, 100}}) {
		t.Errorf("with another routing: %+v, %v", got, err)
	}
	if err := d.DeleteVersion(ctx, two); err != nil {
		t.Error(err)
	}
	_, err = d.UpdateAlias(ctx, arn("orders:live"), nil, routing)
	d.refuse("to a version that is gone", err, ResourceNotFound, two)
	_, err = d.UpdateAlias(ctx, arn("orders:none"), new(""), nil)
	d.refuse("what is absent", err, ResourceNotFound, "Request references a resource that does not exist.")
	_, err = d.UpdateAlias(ctx, arn("orders:live"), nil, nil)
	d.refuse("nothing", err, ValidationException, "")
	_, err = d.UpdateAlias(ctx, arn("orders:live"), nil, []RouteRequest{{arn("other:1"), 100}})
	d.refuse("to another machine", err, ValidationException, "the alias's own state machine")

	got, err := d.Describe(ctx, arn("orders:live"))
	if err != nil || got.Version == nil || got.Version.Number != 1 {
		t.Errorf("described as %+v, %v", got, err)
	}
	for range 2 {
		if err := d.DeleteAlias(ctx, arn("orders:live")); err != nil {
			t.Error(err)
		}
	}
	d.refuse("a version is no alias", d.DeleteAlias(ctx, one), InvalidArn, "")
}

func TestAliasRefused(t *testing.T) {
	d := newDesk(t)
	d.create("orders", published)
	d.update("orders", "two", true)
	d.update("orders", "three", true)
	one, two, three := arn("orders:1"), arn("orders:2"), arn("orders:3")
	whole := []RouteRequest{{one, 100}}
	const pattern = `Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$`
	for _, tt := range []struct {
		name    string
		routing []RouteRequest
		code    Code
		words   string
	}{
		{strings.Repeat("a", 80), whole, "", ""},
		{strings.Repeat("a", 81), whole, ValidationException, "Member must have length less than or equal to 80"},
		{"", whole, ValidationException, "greater than or equal to 1"},
		{"1-2", whole, "", ""},
		{"123", whole, ValidationException, "Value '123' at 'name' failed to satisfy constraint: " + pattern},
		{"a b", whole, ValidationException, pattern},
		{"a@", whole, ValidationException, pattern},
		{"a", nil, ValidationException, "'routingConfiguration'"},
		{"a", []RouteRequest{{one, 50}, {two, 30}, {three, 20}}, ValidationException,
			"Value '[RoutingConfigurationListItem(stateMachineVersionArn=" + one + ", weight=50), "},
		{"a", []RouteRequest{{one, 50}, {one, 50}}, ValidationException,
			"Routing configuration must contain distinct state machine version ARNs. Received: [" + one + ", " + one + "]"},
		{"a", []RouteRequest{{arn("orders"), 70}, {two, 30}}, ValidationException,
			"Routing configuration must contain state machine version ARNs. Received: [" + arn("orders") + ", " + two + "]"},
		{"a", []RouteRequest{{one, 101}}, ValidationException,
			"Value '101' at 'routingConfiguration.1.member.weight' failed to satisfy constraint: Member must have value less than or equal to 100"},
		{"a", []RouteRequest{{one, 101}, {two, -1}}, ValidationException, "'routingConfiguration.1.member.weight'"},
		{"a", []RouteRequest{{one, -1}}, ValidationException, "greater than or equal to 0"},
		{"a", []RouteRequest{{one, 70}, {two, 29}}, ValidationException, "Sum of routing configuration weights must equal 100. Received: [70, 29]"},
		{"a", []RouteRequest{{one, 50}, {arn("other:1"), 50}}, ValidationException, "one state machine"},
		{"a", []RouteRequest{{"x", 100}}, InvalidArn, "Invalid ARN prefix: x"},
		{"a", []RouteRequest{{arn("orders:4"), 100}}, ResourceNotFound, arn("orders:4")},
		{"a", []RouteRequest{{arn("other:1"), 100}}, ResourceNotFound, arn("other:a")},
	} {
		_, _, err := d.CreateAlias(t.Context(), tt.name, "", tt.routing)
		if tt.code != "" {
			d.refuse(fmt.Sprint(tt.name, tt.routing), err, tt.code, tt.words)
		} else if err != nil {
			t.Error(tt.name, err)
		}
	}
}

func TestTags(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	d.create("orders", func(q *Create) { q.Tags = []Tag{{"a", "1"}} })
	want := func(want ...Tag) {
		t.Helper()
		got, err := d.Tags(ctx, arn("orders"))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	do(d.Tag(ctx, arn("orders"), []Tag{{"c", "3"}, {"a", "2"}}))
	want(Tag{"a", "2"}, Tag{"c", "3"})
	do(d.Tag(ctx, arn("orders"), nil))
	do(d.Untag(ctx, arn("orders"), []string{"a", "a", "none"}))
	want(Tag{"c", "3"})
	d.refuse("too many", d.Tag(ctx, arn("orders"), tags(50)), TooManyTags, "")
	do(d.Tag(ctx, arn("orders"), tags(49)))
	d.refuse("a version", d.Tag(ctx, arn("orders:1"), nil), ResourceNotFound, "Resource not found: '"+arn("orders:1")+"'")
	d.refuse("what is absent", d.Untag(ctx, arn("none"), nil), ResourceNotFound, arn("none"))
	d.refuse("a long key", d.Untag(ctx, arn("orders"), []string{strings.Repeat("x", 129)}), ValidationException, "'tagKeys.1.member'")
	_, err := d.Tags(ctx, arn("orders:live"))
	d.refuse("an alias", err, ResourceNotFound, "")
}

// A list comes page by page, each item once, whatever comes and goes meanwhile.
func TestPages(t *testing.T) {
	d := newDesk(t)
	for i := range 12 {
		d.create(fmt.Sprint(i))
	}
	names := func(p Page) (names []string, next string) {
		t.Helper()
		all, next, err := d.List(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			names = append(names, m.Name)
		}
		return names, next
	}
	page, next := names(Page{Max: 5})
	if diff := cmp.Diff([]string{"0", "1", "10", "11", "2"}, page); diff != "" {
		t.Errorf("first (-want +got):\n%s", diff)
	}
	if err := d.Delete(t.Context(), arn("2")); err != nil {
		t.Fatal(err)
	}
	d.create("00")
	page, next = names(Page{Max: 5, Token: next})
	if diff := cmp.Diff([]string{"3", "4", "5", "6", "7"}, page); diff != "" {
		t.Errorf("second (-want +got):\n%s", diff)
	}
	page, last := names(Page{Max: 2, Token: next})
	if diff := cmp.Diff([]string{"8", "9"}, page); diff != "" || last != "" {
		t.Errorf("last, with token %q (-want +got):\n%s", last, diff)
	}
	if all, next := names(Page{}); len(all) != 12 || next != "" {
		t.Errorf("all are %v", all)
	}

	for _, tt := range []struct {
		p     Page
		code  Code
		words string
	}{
		{Page{Max: 1001}, ValidationException, "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000"},
		{Page{Max: -1}, ValidationException, "'maxResults'"},
		{Page{Token: strings.Repeat("x", 1025)}, ValidationException, "Member must have length less than or equal to 1024"},
		{Page{Token: strings.Repeat("x", 1024)}, InvalidToken, "Invalid Token: 'Invalid token'"},
		{Page{Token: "InvalidToken"}, InvalidToken, ""},
		{Page{Token: token(arn("orders"), "x")}, InvalidToken, ""}, // of another list
	} {
		_, _, err := d.List(t.Context(), tt.p)
		d.refuse(fmt.Sprint(tt.p), err, tt.code, tt.words)
	}
	if _, _, err := d.List(t.Context(), Page{Max: 1000}); err != nil {
		t.Error(err)
	}
}

// A token is good for a day.
func TestTokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.create("a")
		d.create("b")
		_, next, err := d.List(t.Context(), Page{Max: 1})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(tokenLife - time.Second)
		if all, _, err := d.List(t.Context(), Page{Token: next}); err != nil || len(all) != 1 {
			t.Error(all, err)
		}
		time.Sleep(time.Second)
		_, _, err = d.List(t.Context(), Page{Token: next})
		d.refuse("an old token", err, InvalidToken, "")
	})
}

// Versions come newest first, aliases in the order of their creation.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.create("orders", published)
		for i := range 11 {
			d.update("orders", fmt.Sprint(i), true)
		}
		var all []int
		for token := ""; ; {
			page, next, err := d.Versions(t.Context(), arn("orders"), Page{Max: 5, Token: token})
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range page {
				all = append(all, v.Number)
			}
			if token = next; token == "" {
				break
			}
		}
		if diff := cmp.Diff([]int{12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, all); diff != "" {
			t.Errorf("versions (-want +got):\n%s", diff)
		}
		for i, name := range []string{"z", "a", "m"} {
			time.Sleep(time.Second)
			if _, _, err := d.CreateAlias(t.Context(), name, "", []RouteRequest{{arn(fmt.Sprint("orders:", i+1)), 100}}); err != nil {
				t.Fatal(err)
			}
		}
		names := func(of string) (names []string) {
			for token := ""; ; {
				page, next, err := d.Aliases(t.Context(), arn(of), Page{Max: 2, Token: token})
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range page {
					names = append(names, a.Name)
				}
				if token = next; token == "" {
					return names
				}
			}
		}
		if diff := cmp.Diff([]string{"z", "a", "m"}, names("orders")); diff != "" {
			t.Errorf("aliases (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"a"}, names("orders:2")); diff != "" {
			t.Errorf("aliases of a version (-want +got):\n%s", diff)
		}
		_, _, err := d.Aliases(t.Context(), arn("orders:13"), Page{})
		d.refuse("a version that is absent", err, StateMachineDoesNotExist, "")
	})
}

// Files are described and listed with the rest, and changed by nobody.
func TestFiles(t *testing.T) {
	a := newApp(t)
	a.write("orders.asl.json", says("file"))
	a.write("zebra.asl.json", says("file"))
	app := a.config()
	store := NewMemory()
	before := &desk{t, NewRegistry(store, RegistryOptions{Account: account})}
	before.create("orders", published) // deployed before there was a file
	before.create("mine")
	d := &desk{t, NewRegistry(store, RegistryOptions{Account: account, Files: NewFiles(func() *config.Config { return app })})}
	ctx := t.Context()
	got, err := d.Describe(ctx, arn("orders"))
	if err != nil || string(got.Definition) != says("file") || got.Machine.Type != Express || got.Revision.Logging.Level != "ALL" {
		t.Errorf("described as %+v, %v", got, err)
	}
	all, _, err := d.List(ctx, Page{})
	var names []string
	for _, m := range all {
		names = append(names, m.Name)
	}
	if diff := cmp.Diff([]string{"mine", "orders", "zebra"}, names); diff != "" || err != nil {
		t.Errorf("listed %v (-want +got):\n%s", err, diff)
	}
	_, _, err = d.Create(ctx, Create{Name: "zebra", Definition: says("mine"), Role: role})
	d.refuse("create", err, StateMachineAlreadyExists, arn("zebra")+"': a file of the application directory defines it")
	refuse := func(what string, err error) {
		t.Helper()
		d.refuse(what, err, AccessDenied, "'"+arn("orders")+"' is defined by a file of the application directory")
	}
	_, _, err = d.Update(ctx, arn("orders"), Update{Role: new(role)})
	refuse("update", err)
	refuse("delete", d.Delete(ctx, arn("orders")))
	_, _, err = d.Publish(ctx, arn("orders"), "", "")
	refuse("publish", err)
	refuse("tag", d.Tag(ctx, arn("orders"), nil))

	// A file that is written while it is described has the new text.
	a.write("orders.asl.json", says("new"))
	if _, err := d.o.Files.Definition(ctx, DigestOf([]byte(says("file")))); !errors.Is(err, ErrNotFound) {
		t.Errorf("the old text: %v", err)
	}
	if got, err := d.Describe(ctx, arn("orders")); err != nil || string(got.Definition) != says("new") {
		t.Errorf("described as %s, %v", got.Definition, err)
	}
}

func TestParseARN(t *testing.T) {
	for _, tt := range []struct{ arn, qualifier, why string }{
		{arn("orders"), "", ""},
		{arn("orders:7"), "7", ""},
		{arn("orders:live"), "live", ""},
		{"arn:aws-cn:states:cn-north-1:1:stateMachine:x", "", ""},
		{"not_an_arn", "", "InvalidArn: Invalid Arn: 'Invalid ARN prefix: not_an_arn'"},
		{"", "", "InvalidArn: Invalid Arn: 'Invalid ARN prefix: '"},
		{"arn", "", "InvalidArn: Invalid Arn: 'Invalid ARN: arn'"},
		{"arn:aws:states:r:1:express:m:n:u", "", "InvalidArn: Invalid Arn: 'Resource type not valid in this context: express'"},
		{"arn:aws:states:r:1:activity:m", "", "InvalidArn: Invalid Arn: 'Resource type not valid in this context: activity'"},
		{"arn:aws:lambda:r:1:function:m", "", "InvalidArn: Invalid Arn: 'Invalid ARN: arn:aws:lambda:r:1:function:m'"},
		{arn("orders") + ":", "", "InvalidArn: Invalid Arn: 'Invalid ARN: " + arn("orders") + ":'"},
		{arn("orders:1:2"), "", "InvalidArn: Invalid Arn: 'Invalid ARN: " + arn("orders:1:2") + "'"},
		{arn(""), "", "InvalidArn: Invalid Arn: 'Invalid ARN: " + arn("") + "'"},
		{arn("orders/label"), "", "ValidationException: This operation does not support state machine ARNs with a Map state label: " + arn("orders/label")},
	} {
		a, err := ParseARN(tt.arn)
		if err == nil && (a.String() != tt.arn || a.Qualifier != tt.qualifier || tt.why != "") || err != nil && err.Error() != tt.why {
			t.Errorf("%s is %+v, %v", tt.arn, a, err)
		}
	}
	for qualifier, want := range map[string]int{"1": 1, "1000": 1000, "01": 0, "0": 0, "live": 0, "": 0, "-1": 0, "1.0": 0, "99999999999999999999": 0} {
		if got := (ARN{Qualifier: qualifier}).Version(); got != want {
			t.Errorf("%q is version %d, want %d", qualifier, got, want)
		}
	}
}

// An end of the context ends what waits for others.
func TestAgainEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := &desk{t, NewRegistry(busy{NewMemory()}, RegistryOptions{Account: account})}
	_, _, err := d.Create(ctx, Create{Name: "x", Definition: says("x"), Role: role})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

// A busy store is always changed by somebody else.
type busy struct{ Store }

func (busy) Put(context.Context, *StateMachine, uint64) error { return ErrChanged }
