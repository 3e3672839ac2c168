//! `#[derive(Trace)]` for the `gc` crate.
//!
//! The derived `trace` visits every field in place. Refused, each with a message at the right place: more than one
//! lifetime, unions, skipped fields that are not `'static`, and (by a conflict of implementations) types that implement
//! `Drop`.
#![forbid(unsafe_code)]

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Field, Fields, GenericParam, Ident, Lifetime, Member, parse_quote};

/// Derives `gc::Trace` and `gc::Branded`.
///
/// * `#[trace(skip)]` on a field leaves it out; its type must be `'static`.
/// * `#[trace(after_mark = path)]` on the type calls `path(&mut self, &gc::Liveness)` as `Trace::after_mark`.
/// * `#[trace(crate = path)]` on the type says where the `gc` crate is, if not at `::gc`.
#[proc_macro_derive(Trace, attributes(trace))]
pub fn derive_trace(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    expand(input).unwrap_or_else(Error::into_compile_error).into()
}

/// What stands in `#[trace(…)]` on the type.
struct Options {
    krate: syn::Path,
    after_mark: Option<syn::Path>,
}

fn options(input: &DeriveInput) -> Result<Options, Error> {
    let mut options = Options { krate: parse_quote!(::gc), after_mark: None };
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("trace")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("crate") {
                options.krate = meta.value()?.parse()?;
            } else if meta.path.is_ident("after_mark") {
                options.after_mark = Some(meta.value()?.parse()?);
            } else {
                return Err(meta.error("expected `after_mark = path` or `crate = path`"));
            }
            Ok(())
        })?;
    }
    Ok(options)
}

fn is_skipped(field: &Field) -> Result<bool, Error> {
    let mut skip = false;
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("trace")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("skip") {
                return Err(meta.error("expected `skip`"));
            }
            skip = true;
            Ok(())
        })?;
    }
    Ok(skip)
}

/// A pattern for the fields of a struct or a variant, with the names it binds.
struct Bound<'a> {
    pattern: TokenStream,
    traced: Vec<(Ident, &'a Field)>,
    skipped: Vec<&'a Field>,
}

fn bind(fields: &Fields) -> Result<Bound<'_>, Error> {
    let mut bound = Bound { pattern: TokenStream::new(), traced: Vec::new(), skipped: Vec::new() };
    let mut members = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        if is_skipped(field)? {
            bound.skipped.push(field);
            continue;
        }
        let member = field.ident.clone().map_or_else(|| Member::Unnamed(index.into()), Member::Named);
        let name = format_ident!("__field{index}");
        members.push(quote!(#member: #name));
        bound.traced.push((name, field));
    }
    bound.pattern = quote!({ #(#members,)* .. });
    Ok(bound)
}

fn expand(input: DeriveInput) -> Result<TokenStream, Error> {
    let Options { krate, after_mark } = options(&input)?;
    let name = &input.ident;
    let brand = brand(&input)?;

    let variants = match &input.data {
        Data::Struct(data) => vec![(quote!(Self), bind(&data.fields)?)],
        Data::Enum(data) => data
            .variants
            .iter()
            .map(|variant| {
                let ident = &variant.ident;
                Ok((quote!(Self::#ident), bind(&variant.fields)?))
            })
            .collect::<Result<_, Error>>()?,
        Data::Union(data) => {
            return Err(Error::new(
                data.union_token.span,
                "a union cannot say what it holds: `Trace` is not derived",
            ));
        }
    };

    let traced: Vec<&Field> =
        variants.iter().flat_map(|(_, b)| b.traced.iter().map(|(_, field)| *field)).collect();
    let skipped: Vec<&Field> = variants.iter().flat_map(|(_, b)| b.skipped.iter().copied()).collect();
    let arms = variants.iter().map(|(path, bound)| {
        let pattern = &bound.pattern;
        let calls = bound.traced.iter().map(|(binding, field)| {
            let ty = &field.ty;
            quote_spanned!(ty.span()=> <#ty as #krate::Trace>::trace(#binding, __tracer);)
        });
        quote!(#path #pattern => { #(#calls)* })
    });
    let inspections = variants.iter().map(|(path, bound)| {
        let pattern = &bound.pattern;
        let calls = bound.traced.iter().map(|(binding, field)| {
            let ty = &field.ty;
            let name = field.ident.as_ref().map_or_else(|| binding.to_string().replace("__field", ""), |name| {
                name.unraw().to_string()
            });
            quote! {
                if <#ty as #krate::Trace>::NEEDS_TRACE {
                    __inspector.field(#name, |__inspector| <#ty as #krate::Trace>::inspect(#binding, __inspector));
                }
            }
        });
        quote!(#path #pattern => { #(#calls)* })
    });
    let inspection =
        if variants.is_empty() { quote!(match *self {}) } else { quote!(match self { #(#inspections)* }) };
    let body = if variants.is_empty() { quote!(match *self {}) } else { quote!(match self { #(#arms)* }) };

    // Where a parameter stands in a field, the field's type must be traceable; the parameters themselves carry the
    // identity and the brand.
    let mut trace_generics = input.generics.clone();
    let mut brand_generics = input.generics.clone();
    for parameter in input.generics.type_params() {
        let ident = &parameter.ident;
        trace_generics.make_where_clause().predicates.push(parse_quote!(#ident: #krate::Trace));
        brand_generics.make_where_clause().predicates.push(parse_quote!(#ident: #krate::Branded<#brand>));
    }
    if !input.generics.lifetimes().any(|lifetime| lifetime.lifetime == brand) {
        brand_generics.params.insert(0, parse_quote!(#brand));
    }
    let (_, types, _) = input.generics.split_for_impl();
    let (trace_impl, _, trace_where) = trace_generics.split_for_impl();
    let (brand_impl, _, brand_where) = brand_generics.split_for_impl();

    let needs = traced.iter().map(|field| {
        let ty = &field.ty;
        quote!(|| <#ty as #krate::Trace>::NEEDS_TRACE)
    });
    let statics = skipped.iter().map(|field| {
        let ty = &field.ty;
        quote_spanned!(ty.span()=> __is_static::<#ty>();)
    });
    let hook = after_mark.map(|path| {
        quote! {
            fn after_mark(&mut self, alive: &#krate::Liveness<'_>) {
                #path(self, alive)
            }
        }
    });
    let (identity_item, identity) = identity(&input, &krate);

    Ok(quote! {
        const _: () = {
            #identity_item

            // A type that implements `Drop` would have two implementations of this trait.
            #[allow(drop_bounds)]
            trait __MustNotImplementDrop {}
            #[allow(drop_bounds)]
            impl<__T: ::core::ops::Drop + ?::core::marker::Sized> __MustNotImplementDrop for __T {}
            impl #trace_impl __MustNotImplementDrop for #name #types #trace_where {}

            // SAFETY: every field is traced in place, or skipped and `'static`; the type does not implement `Drop`; the
            // identity is made of the type and the identities of its parameters.
            unsafe impl #trace_impl #krate::Trace for #name #types #trace_where {
                type Static = #identity;
                const NEEDS_TRACE: bool = false #(#needs)*;

                #[inline]
                fn trace(&self, __tracer: &mut #krate::Tracer<'_>) {
                    fn __is_static<__T: ?::core::marker::Sized + 'static>() {}
                    #(#statics)*
                    #body
                }

                fn inspect(&self, __inspector: &mut #krate::Inspector<'_>) {
                    #inspection
                }

                #hook
            }

            // SAFETY: the only lifetime is the brand, and the parameters are branded by it too.
            unsafe impl #brand_impl #krate::Branded<#brand> for #name #types #brand_where {}
        };
    })
}

/// The one lifetime of the type, or a name for the brand of a type without lifetimes.
fn brand(input: &DeriveInput) -> Result<Lifetime, Error> {
    let mut lifetimes = input.generics.lifetimes();
    let first = lifetimes.next();
    if let Some(second) = lifetimes.next() {
        return Err(Error::new(second.span(), "a traced type has one lifetime, the brand of its `Gc`s"));
    }
    Ok(first.map_or_else(|| Lifetime::new("'__gc", input.ident.span()), |lifetime| lifetime.lifetime.clone()))
}

/// The identity: the type itself with `'static`; for a type with type parameters a marker of its own, since the bounds
/// of the type need not hold for the identities of its parameters.
fn identity(input: &DeriveInput, krate: &syn::Path) -> (TokenStream, TokenStream) {
    let name = &input.ident;
    let generics = &input.generics;
    if generics.type_params().next().is_none() {
        let arguments = generics.params.iter().map(|parameter| match parameter {
            GenericParam::Lifetime(_) => quote!('static),
            GenericParam::Const(parameter) => parameter.ident.to_token_stream(),
            GenericParam::Type(_) => TokenStream::new(),
        });
        return (TokenStream::new(), quote!(#name<#(#arguments),*>));
    }
    let parameters = generics.type_params().map(|parameter| {
        let ident = &parameter.ident;
        quote!(::core::marker::PhantomData<<#ident as #krate::Trace>::Static>)
    });
    let constants = generics.const_params().map(|parameter| {
        let (ident, ty) = (&parameter.ident, &parameter.ty);
        (quote!(const #ident: #ty), quote!(#ident))
    });
    let (declared, used): (Vec<_>, Vec<_>) = constants.unzip();
    (
        quote!(pub struct __Identity<#(#declared),*>;),
        quote!(#krate::derive_support::Wrapped<__Identity<#(#used),*>, (#(#parameters,)*)>),
    )
}
