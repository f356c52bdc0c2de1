package compiler

import "testing"

// A Map in mode DISTRIBUTED is refused, and is one like any other where that was
// asked for.
func TestDistributed(t *testing.T) {
	const src = `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "Label": "each", "ItemReader": {}, "ItemBatcher": {}, "ResultWriter": {}, "End": true,
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "In", "States": {"In": {"Type": "Succeed"}}}}}}`
	if _, found := Compile("", []byte(src), nil); len(found) != 1 {
		t.Errorf("got %v", found)
	}
	if p, found := Compile("", []byte(src), &Options{Distributed: true}); len(found) != 0 || len(p.Maps) != 1 {
		t.Errorf("got %v", found)
	}
	const inline = `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemReader": {}, "ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Succeed"}}}, "End": true}}}`
	if _, found := Compile("", []byte(inline), &Options{Distributed: true}); len(found) != 1 {
		t.Errorf("an ItemReader without the mode: got %v", found)
	}
}
