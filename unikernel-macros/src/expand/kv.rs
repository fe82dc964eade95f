//! `kv`: a sorted table of embedded files, or a FAT volume on a block device of its own.

use quote::{quote, quote_spanned};

use super::{Part, generated, shown_at, variable};
use crate::plan::{Device, Encoding, File, Plan};

pub(super) fn part(device: &Device, _plan: &Plan) -> Part {
    let kv = variable(&device.name, device.span);
    let place = shown_at(device.span);
    let Some(dir) = device.option("dir") else {
        let storage = generated(&format!("volume_{}", device.name));
        let block = device.text("block").unwrap_or_default();
        return Part {
            items: quote!(static #storage: __unikernel_rt::kv::Volume = __unikernel_rt::kv::Volume::new();),
            attach: quote_spanned!(place=> let #kv = __unikernel_rt::kv::attach_fat(__unikernel_boot, &#storage, #block);),
            ..Part::default()
        };
    };
    let table = generated(&format!("files_{}", device.name));
    let folder = dir.text.trim_end_matches('/');
    // A file with compressed ones has them behind its key, each with its coding.
    let files = device.files.iter().map(|File { key, encodings }| {
        let encodings = encodings.iter().map(|Encoding { coding, path }| quote!(#coding: #path));
        if encodings.len() == 0 { quote!(#key) } else { quote!(#key [#(#encodings),*]) }
    });
    Part {
        items: quote!(static #table: &[__unikernel_rt::kv::Embedded] = __unikernel_rt::embed!(#folder: #(#files),*);),
        attach: quote_spanned!(place=> let #kv = __unikernel_rt::kv::attach(#table);),
        ..Part::default()
    }
}
