package repository_test

// root is the folder of the repository. A test that reads its files starts with t.Chdir(root): go test
// then knows these files and runs the test again when one has changed. It does not know of a
// change of folder in TestMain.
const root = "../../.."
