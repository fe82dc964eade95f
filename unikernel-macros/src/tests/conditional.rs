//! `#[cfg(...)]` inside of an annotation and before a parameter: two variants, and what the compiler makes of each.

use proc_macro2::TokenStream;
use quote::ToTokens;

use super::{faults, split};
use crate::conditional::variants;

/// The attribute and the function that remain, with the predicates that hold, as text without spaces.
fn resolved(source: &str, holds: &[&str]) -> String {
    let (mut annotation, mut item) = split(source);
    while let Some(both) = variants("unikernel", &annotation, &item) {
        let file: syn::File = syn::parse2(both).expect("two functions");
        let [with, without] = file.items.as_slice() else { panic!("two variants") };
        let (syn::Item::Fn(with), syn::Item::Fn(without)) = (with, without) else { panic!("two functions") };
        let predicate = with.attrs[0].meta.require_list().expect("cfg").tokens.to_string();
        let chosen = if holds.contains(&predicate.as_str()) { with } else { without };
        let mut function = chosen.clone();
        function.attrs.remove(0);
        annotation = function.attrs.remove(0).meta.require_list().expect("the attribute").tokens.clone();
        item = function.into_token_stream();
    }
    format!("{annotation} {item}").split_whitespace().collect()
}

#[test]
fn nothing_to_resolve() {
    let (annotation, item) = split("#[unikernel(console, args(port = 80))]\n#[cfg(unix)]\nfn main(port: u16) {}");
    assert!(variants("unikernel", &annotation, &item).is_none());
}

#[test]
fn a_device_and_its_parameter() {
    let source = "#[unikernel(console, #[cfg(web)] net(dhcp), clock)]\nfn main(#[cfg(web)] net: Net, clock: Clock) {}";
    assert_eq!(resolved(source, &["web"]), "console,net(dhcp),clockfnmain(net:Net,clock:Clock){}");
    assert_eq!(resolved(source, &[]), "console,clockfnmain(clock:Clock){}");
}

#[test]
fn an_argument_an_option_and_a_negation() {
    let source = "#[unikernel(net(#[cfg(a)] ip = \"10.0.0.2\", #[cfg(not(a))] dhcp), args(#[cfg(all(a, b))] port = 80, name))]\n\
                  fn main(net: Net, #[cfg(all(a, b))] port: u16, name: &str) {}";
    assert_eq!(
        resolved(source, &["a", "all (a , b)"]),
        "net(ip=\"10.0.0.2\",),args(port=80,name)fnmain(net:Net,port:u16,name:&str){}"
    );
    assert_eq!(resolved(source, &["not (a)"]), "net(dhcp),args(name)fnmain(net:Net,name:&str){}");
}

#[test]
fn several_before_one_part() {
    let source = "#[unikernel(#[cfg(a)] #[cfg(b)] console)]\nfn main() {}";
    assert_eq!(resolved(source, &["a", "b"]), "consolefnmain(){}");
    assert_eq!(resolved(source, &["a"]), "fnmain(){}");
    assert_eq!(resolved(source, &["b"]), "fnmain(){}");
}

#[test]
fn other_attributes_of_a_parameter_stay() {
    let source = "#[unikernel(console)]\nfn main(#[allow(unused)] #[cfg(a)] console: Console) {}";
    assert_eq!(resolved(source, &["a"]), "consolefnmain(#[allow(unused)]console:Console){}");
}

#[test]
fn what_is_emitted_names_the_attribute_by_its_path() {
    let (annotation, item) = split("#[unikernel(#[cfg(a)] console)]\nfn main() {}");
    let both: TokenStream = variants("unikernel", &annotation, &item).expect("two variants");
    let both: String = both.to_string().split_whitespace().collect();
    assert_eq!(
        both,
        "#[cfg(a)]#[::unikernel_rt::__private::unikernel(console)]fnmain(){}\
         #[cfg(not(a))]#[::unikernel_rt::__private::unikernel()]fnmain(){}"
    );
}

#[test]
fn a_cfg_that_is_not_one() {
    let found = faults("#[unikernel(#[cfg] console)]\nfn main() {}");
    assert_eq!(found, ["1:13-1:19 only `#[cfg(...)]` is allowed here"]);
}

#[test]
fn the_path_of_the_runtime_is_kept() {
    let (annotation, item) = split("#[unikernel(crate = facade::rt, #[cfg(a)] console)]\nfn main() {}");
    let both: TokenStream = variants("unikernel", &annotation, &item).expect("two variants");
    let both: String = both.to_string().split_whitespace().collect();
    assert_eq!(
        both,
        "#[cfg(a)]#[facade::rt::__private::unikernel(crate=facade::rt,console)]fnmain(){}\
         #[cfg(not(a))]#[facade::rt::__private::unikernel(crate=facade::rt,)]fnmain(){}"
    );
}
