package req

//go:generate go run ../trace/genids
