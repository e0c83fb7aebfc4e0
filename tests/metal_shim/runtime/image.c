/* Registers the Objective-C code of the image that this is linked into, before its constructors. */
#define SECTION(name)                                                        \
  extern void *__start_##name[] __attribute__((weak, visibility("hidden"))); \
  extern void *__stop_##name[] __attribute__((weak, visibility("hidden")));

SECTION(objc_selrefs)
SECTION(objc_classlist)

extern void objc_register(void **selectors, void **selectors_end, void **classes,
                          void **classes_end);

__attribute__((constructor(101))) static void register_image(void) {
  objc_register(__start_objc_selrefs, __stop_objc_selrefs, __start_objc_classlist,
                __stop_objc_classlist);
}
