//! Date objects (21.4).
#![forbid(unsafe_code)]

use super::{Row, methods};
use crate::object::data::ObjectData;
use crate::object::function::NativeCode;
use crate::object::shape::{CONFIGURABLE, HIDDEN};
use crate::object::{Class, Object};
use crate::value::Value;
use crate::value::convert::Hint;
use crate::value::symbol::WellKnown;
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

const STATIC: &[Row] = &[("now", 0, now), ("parse", 1, parse), ("UTC", 7, utc)];

const PROTOTYPE: &[Row] = &[
    ("getDate", 0, get_date),
    ("getDay", 0, get_day),
    ("getFullYear", 0, get_full_year),
    ("getHours", 0, get_hours),
    ("getMilliseconds", 0, get_milliseconds),
    ("getMinutes", 0, get_minutes),
    ("getMonth", 0, get_month),
    ("getSeconds", 0, get_seconds),
    ("getTime", 0, get_time),
    ("getTimezoneOffset", 0, get_timezone_offset),
    ("getUTCDate", 0, get_utc_date),
    ("getUTCDay", 0, get_utc_day),
    ("getUTCFullYear", 0, get_utc_full_year),
    ("getUTCHours", 0, get_utc_hours),
    ("getUTCMilliseconds", 0, get_utc_milliseconds),
    ("getUTCMinutes", 0, get_utc_minutes),
    ("getUTCMonth", 0, get_utc_month),
    ("getUTCSeconds", 0, get_utc_seconds),
    ("setDate", 1, set_date),
    ("setFullYear", 3, set_full_year),
    ("setHours", 4, set_hours),
    ("setMilliseconds", 1, set_milliseconds),
    ("setMinutes", 3, set_minutes),
    ("setMonth", 2, set_month),
    ("setSeconds", 2, set_seconds),
    ("setTime", 1, set_time),
    ("setUTCDate", 1, set_utc_date),
    ("setUTCFullYear", 3, set_utc_full_year),
    ("setUTCHours", 4, set_utc_hours),
    ("setUTCMilliseconds", 1, set_utc_milliseconds),
    ("setUTCMinutes", 3, set_utc_minutes),
    ("setUTCMonth", 2, set_utc_month),
    ("setUTCSeconds", 2, set_utc_seconds),
    ("toDateString", 0, to_date_string),
    ("toISOString", 0, to_iso_string),
    ("toJSON", 1, to_json),
    ("toLocaleDateString", 0, to_locale_date_string),
    ("toLocaleString", 0, to_locale_string),
    ("toLocaleTimeString", 0, to_locale_time_string),
    ("toString", 0, to_string),
    ("toTimeString", 0, to_time_string),
    ("valueOf", 0, value_of),
    ("getYear", 0, get_year),
    ("setYear", 1, set_year),
];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let proto = super::prototype(
        vm,
        Intrinsic::DatePrototype,
        Intrinsic::ObjectPrototype,
        Class::Object,
        ObjectData::None,
    )?;
    let c = super::constructor(vm, Intrinsic::Date, "Date", 7, date, proto)?;
    methods(vm, c, STATIC)?;
    methods(vm, proto, PROTOTYPE)?;
    let f = super::method(vm, proto, "toUTCString", 0, NativeCode::Leaf(to_utc_string))?;
    let key = vm.key("toGMTString")?;
    proto.define_own(vm, key, Value::object(f), HIDDEN)?;
    let key = vm.well_known(WellKnown::ToPrimitive);
    let f = super::new_native(vm, NativeCode::Leaf(to_primitive), 1, key, "", &[], false)?;
    proto.define_own(vm, key, Value::object(f), CONFIGURABLE)
}

const MS_PER_DAY: f64 = 86_400_000.0;
const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The offset of local time from UTC in milliseconds, if the host set one.
fn offset() -> f64 {
    0.0
}

/// 21.4.1.25 LocalTime ( t )
fn local_time(t: f64) -> f64 {
    t + offset()
}

/// 21.4.1.26 UTC ( t )
fn to_utc(t: f64) -> f64 {
    if t.is_finite() { t - offset() } else { f64::NAN }
}

/// A time value as calendar fields: year, month, day, hours, minutes, seconds, milliseconds, weekday.
#[derive(Clone, Copy, Debug)]
struct Fields {
    year: f64,
    month: f64,
    day: f64,
    hours: f64,
    minutes: f64,
    seconds: f64,
    ms: f64,
    weekday: usize,
}

/// Days since 1970 of a year, month (0 to 11) and day 1, in the proleptic Gregorian calendar.
fn days_from_civil(year: i64, month: i64) -> i64 {
    let m = month + 1;
    let y = if m <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * (if m > 2 { m - 3 } else { m + 9 }) + 2) / 5;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

/// 21.4.1.3 to 21.4.1.14: the fields of a finite time value.
fn fields(t: f64) -> Fields {
    let day = (t / MS_PER_DAY).floor();
    let time = t - day * MS_PER_DAY;
    let z = day as i64 + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 2 } else { mp - 10 };
    let year = yoe + era * 400 + i64::from(month <= 1);
    let time = time as i64;
    Fields {
        year: year as f64,
        month: month as f64,
        day: (doy - (153 * mp + 2) / 5 + 1) as f64,
        hours: (time / 3_600_000) as f64,
        minutes: (time / 60_000 % 60) as f64,
        seconds: (time / 1000 % 60) as f64,
        ms: (time % 1000) as f64,
        weekday: (day as i64 + 4).rem_euclid(7) as usize,
    }
}

/// 21.4.1.27 MakeTime ( hour, min, sec, ms )
fn make_time(hour: f64, min: f64, sec: f64, ms: f64) -> f64 {
    if !(hour.is_finite() && min.is_finite() && sec.is_finite() && ms.is_finite()) {
        return f64::NAN;
    }
    ((hour.trunc() * 3_600_000.0 + min.trunc() * 60_000.0) + sec.trunc() * 1000.0) + ms.trunc()
}

/// 21.4.1.28 MakeDay ( year, month, date )
fn make_day(year: f64, month: f64, date: f64) -> f64 {
    if !(year.is_finite() && month.is_finite() && date.is_finite()) {
        return f64::NAN;
    }
    let (y, m) = (year.trunc(), month.trunc());
    let ym = y + (m / 12.0).floor();
    if ym.abs() > 400_000.0 {
        return f64::NAN;
    }
    let mn = m - (m / 12.0).floor() * 12.0;
    days_from_civil(ym as i64, mn as i64) as f64 + date.trunc() - 1.0
}

/// 21.4.1.29 MakeDate ( day, time )
fn make_date(day: f64, time: f64) -> f64 {
    let t = day * MS_PER_DAY + time;
    if t.is_finite() { t } else { f64::NAN }
}

/// 21.4.1.30 MakeFullYear ( year )
fn make_full_year(year: f64) -> f64 {
    let y = year.trunc();
    if (0.0..=99.0).contains(&y) { 1900.0 + y } else { y }
}

/// 21.4.1.31 TimeClip ( time )
fn time_clip(t: f64) -> f64 {
    if t.is_finite() && t.abs() <= 8.64e15 { t.trunc() + 0.0 } else { f64::NAN }
}

/// 21.4.2.1 Date ( ...values )
fn date<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if args.new_target().is_undefined() {
        let t = crate::host::now(vm);
        return Ok(Value::string(vm.str(&date_text(t))?));
    }
    let t = match args.len() {
        0 => crate::host::now(vm),
        1 => {
            let v = args.get(0);
            match v.as_object().filter(|o| o.is_class(Class::Date)) {
                Some(o) => time_of(o).unwrap_or(f64::NAN),
                None => {
                    let p = vm.to_primitive(v, Hint::Default)?;
                    match p.as_string() {
                        Some(s) => {
                            vm.charge(s.len() / 16)?;
                            parse_text(&s.to_utf8())
                        }
                        None => time_clip(vm.to_number(p)?),
                    }
                }
            }
        }
        _ => time_clip(to_utc(components(vm, args)?)),
    };
    let data = ObjectData::Primitive(Value::number(t));
    super::construct_with(vm, args, Intrinsic::DatePrototype, Class::Date, 0, data).map(Value::object)
}

/// The time of up to seven components.
fn components<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<f64> {
    let mut c = [f64::NAN, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    for (i, n) in c.iter_mut().enumerate() {
        if i < args.len().max(1) {
            *n = vm.to_number(args.get(i))?;
        }
    }
    let day = make_day(make_full_year(c[0]), c[1], c[2]);
    Ok(make_date(day, make_time(c[3], c[4], c[5], c[6])))
}

/// 21.4.3.1 Date.now ( )
fn now<'gc>(vm: &mut Vm<'gc>, _: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(Value::number(crate::host::now(vm)))
}

/// 21.4.3.2 Date.parse ( string )
fn parse<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = vm.to_string(args.get(0))?;
    vm.charge(s.len() / 16)?;
    Ok(Value::number(parse_text(&s.to_utf8())))
}

/// 21.4.3.4 Date.UTC ( year [ , month [ , date [ , hours [ , minutes [ , seconds [ , ms ] ] ] ] ] ] )
fn utc<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(Value::number(time_clip(components(vm, args)?)))
}

fn parse_text(text: &str) -> f64 {
    let text = text.trim();
    time_clip(parse_iso(text).or_else(|| parse_loose(text)).unwrap_or(f64::NAN))
}

/// `n` digits at the start of the text.
fn take_digits(b: &mut &[u8], n: usize) -> Option<f64> {
    let digits = b.get(..n)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    *b = &b[n..];
    Some(digits.iter().fold(0.0, |v, d| v * 10.0 + f64::from(d - b'0')))
}

fn take(b: &mut &[u8], c: u8) -> bool {
    if b.first() == Some(&c) {
        *b = &b[1..];
        return true;
    }
    false
}

/// 21.4.1.32 Date Time String Format; NaN if it has the form, but not the values.
fn parse_iso(text: &str) -> Option<f64> {
    let mut b = text.as_bytes();
    let year = match b.first()? {
        sign @ (b'+' | b'-') => {
            b = &b[1..];
            let y = take_digits(&mut b, 6)?;
            if *sign == b'-' && y == 0.0 {
                return Some(f64::NAN);
            }
            if *sign == b'-' { -y } else { y }
        }
        _ => take_digits(&mut b, 4)?,
    };
    let (mut month, mut day) = (1.0, 1.0);
    if take(&mut b, b'-') {
        month = take_digits(&mut b, 2)?;
        if take(&mut b, b'-') {
            day = take_digits(&mut b, 2)?;
        }
    }
    let (mut h, mut m, mut s, mut ms, mut zone) = (0.0, 0.0, 0.0, 0.0, Some(0.0));
    if take(&mut b, b'T') || take(&mut b, b't') || take(&mut b, b' ') {
        h = take_digits(&mut b, 2)?;
        if !take(&mut b, b':') {
            return None;
        }
        m = take_digits(&mut b, 2)?;
        if take(&mut b, b':') {
            s = take_digits(&mut b, 2)?;
            if take(&mut b, b'.') {
                let n = b.iter().take_while(|c| c.is_ascii_digit()).count();
                if n == 0 {
                    return None;
                }
                let mut scale = 100.0;
                for d in &b[..n.min(3)] {
                    ms += f64::from(d - b'0') * scale;
                    scale /= 10.0;
                }
                b = &b[n..];
            }
        }
        zone = None;
        if take(&mut b, b'Z') || take(&mut b, b'z') {
            zone = Some(0.0);
        } else if let Some(sign @ (b'+' | b'-')) = b.first() {
            b = &b[1..];
            let zh = take_digits(&mut b, 2)?;
            if !take(&mut b, b':') {
                return None;
            }
            let zm = take_digits(&mut b, 2)?;
            if zh > 23.0 || zm > 59.0 {
                return Some(f64::NAN);
            }
            let z = zh * 60.0 + zm;
            zone = Some(if *sign == b'-' { -z } else { z });
        }
    }
    if !b.is_empty() {
        return None;
    }
    let in_month = days_in(year, month);
    let end_of_day = h == 24.0 && m == 0.0 && s == 0.0 && ms == 0.0;
    if !(1.0..=12.0).contains(&month)
        || day < 1.0
        || day > in_month
        || h > 23.0 && !end_of_day
        || m > 59.0
        || s > 59.0
    {
        return Some(f64::NAN);
    }
    let t = make_date(make_day(year, month - 1.0, day), make_time(h, m, s, ms));
    Some(match zone {
        Some(z) => t - z * 60_000.0,
        None => to_utc(t),
    })
}

fn days_in(year: f64, month: f64) -> f64 {
    match month as u32 {
        4 | 6 | 9 | 11 => 30.0,
        2 if year % 4.0 == 0.0 && (year % 100.0 != 0.0 || year % 400.0 == 0.0) => 29.0,
        2 => 28.0,
        _ => 31.0,
    }
}

/// The forms of toString and toUTCString, and what is commonly written like them.
fn parse_loose(text: &str) -> Option<f64> {
    let text = text.split('(').next()?;
    let (mut year, mut month, mut day) = (None, None, None);
    let mut time = [0.0; 3];
    let mut zone = None;
    let mut pm = None;
    let mut had_time = false;
    for word in text.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty()) {
        let lower = word.to_ascii_lowercase();
        let first = lower.as_bytes()[0];
        if word.contains(':') {
            let (clock, rest) = match word.find(['+', '-', 'Z', 'z']) {
                Some(i) => word.split_at(i),
                None => (word, ""),
            };
            for (i, part) in clock.split(':').enumerate() {
                let n: f64 = part.parse().ok()?;
                *time.get_mut(i)? = n;
            }
            had_time = true;
            if !rest.is_empty() {
                zone = Some(parse_zone(rest)?);
            }
        } else if lower == "am" || lower == "pm" {
            pm = Some(lower == "pm");
        } else if lower == "z" || lower.starts_with("gmt") || lower.starts_with("utc") {
            let rest = lower.trim_start_matches(['g', 'm', 't', 'u', 'c', 'z']);
            zone = Some(if rest.is_empty() { 0.0 } else { parse_zone(rest)? });
        } else if first.is_ascii_alphabetic() {
            let three = lower.get(..3)?;
            if let Some(m) = MONTHS.iter().position(|m| m.eq_ignore_ascii_case(three)) {
                month = Some(m as f64);
            } else if !DAYS.iter().any(|d| d.eq_ignore_ascii_case(three)) {
                return None;
            }
        } else if word.contains('/') {
            let mut parts = word.split('/').map(|p| p.parse::<f64>().ok());
            let a = parts.next()??;
            let b = parts.next()??;
            let c = parts.next()??;
            if a > 31.0 {
                (year, month, day) = (Some(a), Some(b - 1.0), Some(c));
            } else {
                (month, day, year) = (Some(a - 1.0), Some(b), Some(c));
            }
        } else if matches!(first, b'+' | b'-') && had_time {
            zone = Some(parse_zone(word)?);
        } else {
            let digits = word.trim_start_matches('-');
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            let n: f64 = word.parse().ok()?;
            if day.is_none() && (1.0..=31.0).contains(&n) && word.len() <= 2 {
                day = Some(n);
            } else if year.is_none() {
                year = Some(match n {
                    n if word.len() <= 2 && n < 50.0 => 2000.0 + n,
                    n if word.len() <= 2 => 1900.0 + n,
                    n => n,
                });
            } else {
                return None;
            }
        }
    }
    let (year, month, day) = (year?, month?, day.unwrap_or(1.0));
    if !(0.0..12.0).contains(&month)
        || !(1.0..=31.0).contains(&day)
        || time[0] > 24.0
        || time[1] > 59.0
        || time[2] >= 60.0
    {
        return None;
    }
    match pm {
        Some(true) if time[0] < 12.0 => time[0] += 12.0,
        Some(false) if time[0] == 12.0 => time[0] = 0.0,
        _ => {}
    }
    let ms = (time[2].fract() * 1000.0).trunc();
    let t = make_date(make_day(year, month, day), make_time(time[0], time[1], time[2], ms));
    Some(match zone {
        Some(z) => t - z * 60_000.0,
        None => to_utc(t),
    })
}

/// The minutes of `+hhmm`, `+hh:mm`, `+hh` or `Z`.
fn parse_zone(text: &str) -> Option<f64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0.0);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1.0,
        b'-' => -1.0,
        _ => return None,
    };
    let digits = text[1..].replace(':', "");
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let n: f64 = digits.parse().ok()?;
    Some(sign * if digits.len() <= 2 { n * 60.0 } else { (n / 100.0).trunc() * 60.0 + n % 100.0 })
}

fn time_of(o: Object<'_>) -> Option<f64> {
    match o.data() {
        ObjectData::Primitive(v) if o.is_class(Class::Date) => v.as_number(),
        _ => None,
    }
}

/// The date object `this` and its time value.
fn this_date<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, name: &str) -> JsResult<(Object<'gc>, f64)> {
    match args.this().as_object().and_then(|o| time_of(o).map(|t| (o, t))) {
        Some(r) => Ok(r),
        None => super::wrong_receiver(vm, &format!("Date.prototype.{name}"), args.this()),
    }
}

macro_rules! get {
    ($($(#[$doc:meta])* $name:ident $text:literal $local:literal $f:expr;)*) => {
        $($(#[$doc])*
        fn $name<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
            let (_, t) = this_date(vm, args, $text)?;
            if t.is_nan() {
                return Ok(Value::number(f64::NAN));
            }
            let f: fn(Fields) -> f64 = $f;
            Ok(Value::number(f(fields(if $local { local_time(t) } else { t }))))
        })*
    };
}

get! {
    /// 21.4.4.2 Date.prototype.getDate ( )
    get_date "getDate" true |f| f.day;
    /// 21.4.4.3 Date.prototype.getDay ( )
    get_day "getDay" true |f| f.weekday as f64;
    /// 21.4.4.4 Date.prototype.getFullYear ( )
    get_full_year "getFullYear" true |f| f.year;
    /// 21.4.4.5 Date.prototype.getHours ( )
    get_hours "getHours" true |f| f.hours;
    /// 21.4.4.6 Date.prototype.getMilliseconds ( )
    get_milliseconds "getMilliseconds" true |f| f.ms;
    /// 21.4.4.7 Date.prototype.getMinutes ( )
    get_minutes "getMinutes" true |f| f.minutes;
    /// 21.4.4.8 Date.prototype.getMonth ( )
    get_month "getMonth" true |f| f.month;
    /// 21.4.4.9 Date.prototype.getSeconds ( )
    get_seconds "getSeconds" true |f| f.seconds;
    /// 21.4.4.12 Date.prototype.getUTCDate ( )
    get_utc_date "getUTCDate" false |f| f.day;
    /// 21.4.4.13 Date.prototype.getUTCDay ( )
    get_utc_day "getUTCDay" false |f| f.weekday as f64;
    /// 21.4.4.14 Date.prototype.getUTCFullYear ( )
    get_utc_full_year "getUTCFullYear" false |f| f.year;
    /// 21.4.4.15 Date.prototype.getUTCHours ( )
    get_utc_hours "getUTCHours" false |f| f.hours;
    /// 21.4.4.16 Date.prototype.getUTCMilliseconds ( )
    get_utc_milliseconds "getUTCMilliseconds" false |f| f.ms;
    /// 21.4.4.17 Date.prototype.getUTCMinutes ( )
    get_utc_minutes "getUTCMinutes" false |f| f.minutes;
    /// 21.4.4.18 Date.prototype.getUTCMonth ( )
    get_utc_month "getUTCMonth" false |f| f.month;
    /// 21.4.4.19 Date.prototype.getUTCSeconds ( )
    get_utc_seconds "getUTCSeconds" false |f| f.seconds;
    /// B.2.3.1 Date.prototype.getYear ( )
    get_year "getYear" true |f| f.year - 1900.0;
}

/// 21.4.4.10 Date.prototype.getTime ( )
fn get_time<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    this_date(vm, args, "getTime").map(|(_, t)| Value::number(t))
}

/// 21.4.4.11 Date.prototype.getTimezoneOffset ( )
fn get_timezone_offset<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (_, t) = this_date(vm, args, "getTimezoneOffset")?;
    Ok(Value::number((t - local_time(t)) / 60_000.0))
}

/// 21.4.4.44 Date.prototype.valueOf ( )
fn value_of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    this_date(vm, args, "valueOf").map(|(_, t)| Value::number(t))
}

/// Stores a time value.
fn store<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, t: f64) -> JsResult<Value<'gc>> {
    let v = Value::number(t);
    o.set_data(vm.mc, ObjectData::Primitive(v));
    Ok(v)
}

/// What the setters have in common: `first` is the field the first argument sets (0 year, 1 month,
/// 2 date, 3 hours, 4 minutes, 5 seconds, 6 milliseconds), `count` how many may be given.
fn set<'gc>(
    vm: &mut Vm<'gc>,
    args: Args<'gc>,
    name: &str,
    local: bool,
    first: usize,
    count: usize,
) -> JsResult<Value<'gc>> {
    let (o, mut t) = this_date(vm, args, name)?;
    let mut given = [None; 4];
    for (i, g) in given.iter_mut().enumerate().take(count) {
        if i == 0 || i < args.len() {
            *g = Some(vm.to_number(args.get(i))?);
        }
    }
    if t.is_nan() {
        if first != 0 {
            return Ok(Value::number(f64::NAN));
        }
        t = 0.0;
    } else if local {
        t = local_time(t);
    }
    let f = fields(t);
    let mut c = [f.year, f.month, f.day, f.hours, f.minutes, f.seconds, f.ms];
    for (i, g) in given.iter().enumerate() {
        if let Some(n) = g {
            c[first + i] = *n;
        }
    }
    let day = if first <= 2 { make_day(c[0], c[1], c[2]) } else { (t / MS_PER_DAY).floor() };
    let time = if first <= 2 { t.rem_euclid(MS_PER_DAY) } else { make_time(c[3], c[4], c[5], c[6]) };
    let new = make_date(day, time);
    store(vm, o, time_clip(if local { to_utc(new) } else { new }))
}

macro_rules! set {
    ($($(#[$doc:meta])* $name:ident $text:literal $local:literal $first:literal $count:literal;)*) => {
        $($(#[$doc])*
        fn $name<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
            set(vm, args, $text, $local, $first, $count)
        })*
    };
}

set! {
    /// 21.4.4.20 Date.prototype.setDate ( date )
    set_date "setDate" true 2 1;
    /// 21.4.4.21 Date.prototype.setFullYear ( year [ , month [ , date ] ] )
    set_full_year "setFullYear" true 0 3;
    /// 21.4.4.22 Date.prototype.setHours ( hour [ , min [ , sec [ , ms ] ] ] )
    set_hours "setHours" true 3 4;
    /// 21.4.4.23 Date.prototype.setMilliseconds ( ms )
    set_milliseconds "setMilliseconds" true 6 1;
    /// 21.4.4.24 Date.prototype.setMinutes ( min [ , sec [ , ms ] ] )
    set_minutes "setMinutes" true 4 3;
    /// 21.4.4.25 Date.prototype.setMonth ( month [ , date ] )
    set_month "setMonth" true 1 2;
    /// 21.4.4.26 Date.prototype.setSeconds ( sec [ , ms ] )
    set_seconds "setSeconds" true 5 2;
    /// 21.4.4.28 Date.prototype.setUTCDate ( date )
    set_utc_date "setUTCDate" false 2 1;
    /// 21.4.4.29 Date.prototype.setUTCFullYear ( year [ , month [ , date ] ] )
    set_utc_full_year "setUTCFullYear" false 0 3;
    /// 21.4.4.30 Date.prototype.setUTCHours ( hour [ , min [ , sec [ , ms ] ] ] )
    set_utc_hours "setUTCHours" false 3 4;
    /// 21.4.4.31 Date.prototype.setUTCMilliseconds ( ms )
    set_utc_milliseconds "setUTCMilliseconds" false 6 1;
    /// 21.4.4.32 Date.prototype.setUTCMinutes ( min [ , sec [ , ms ] ] )
    set_utc_minutes "setUTCMinutes" false 4 3;
    /// 21.4.4.33 Date.prototype.setUTCMonth ( month [ , date ] )
    set_utc_month "setUTCMonth" false 1 2;
    /// 21.4.4.34 Date.prototype.setUTCSeconds ( sec [ , ms ] )
    set_utc_seconds "setUTCSeconds" false 5 2;
}

/// 21.4.4.27 Date.prototype.setTime ( time )
fn set_time<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (o, _) = this_date(vm, args, "setTime")?;
    let t = vm.to_number(args.get(0))?;
    store(vm, o, time_clip(t))
}

/// B.2.3.2 Date.prototype.setYear ( year )
fn set_year<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (o, t) = this_date(vm, args, "setYear")?;
    let y = vm.to_number(args.get(0))?;
    let t = if t.is_nan() { 0.0 } else { local_time(t) };
    let f = fields(t);
    let day = make_day(make_full_year(y), f.month, f.day);
    store(vm, o, time_clip(to_utc(make_date(day, t.rem_euclid(MS_PER_DAY)))))
}

fn year_text(year: f64) -> String {
    let sign = if year < 0.0 { "-" } else { "" };
    format!("{sign}{:04}", year.abs())
}

/// 21.4.4.41.2 DateString ( tv )
fn day_text(t: f64) -> String {
    let f = fields(t);
    format!("{} {} {:02} {}", DAYS[f.weekday], MONTHS[f.month as usize], f.day, year_text(f.year))
}

/// 21.4.4.41.1 TimeString ( tv ) and 21.4.4.41.3 TimeZoneString ( tv )
fn time_text(t: f64) -> String {
    let f = fields(t);
    let minutes = offset() / 60_000.0;
    let sign = if minutes < 0.0 { '-' } else { '+' };
    let minutes = minutes.abs() as u32;
    let name = if minutes == 0 { " (UTC)" } else { "" };
    format!(
        "{:02}:{:02}:{:02} GMT{sign}{:02}{:02}{name}",
        f.hours,
        f.minutes,
        f.seconds,
        minutes / 60,
        minutes % 60
    )
}

/// 21.4.4.41.4 ToDateString ( tv )
fn date_text(t: f64) -> String {
    if t.is_nan() {
        return "Invalid Date".into();
    }
    let t = local_time(t);
    format!("{} {}", day_text(t), time_text(t))
}

macro_rules! text {
    ($($(#[$doc:meta])* $name:ident $text:literal $f:expr;)*) => {
        $($(#[$doc])*
        fn $name<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
            let (_, t) = this_date(vm, args, $text)?;
            let f: fn(f64) -> String = $f;
            let text = if t.is_nan() { "Invalid Date".to_string() } else { f(t) };
            Ok(Value::string(vm.str(&text)?))
        })*
    };
}

fn locale_day(t: f64) -> String {
    let f = fields(local_time(t));
    format!("{}/{}/{}", f.month + 1.0, f.day, f.year)
}

fn locale_time(t: f64) -> String {
    let f = fields(local_time(t));
    let half = if f.hours < 12.0 { "AM" } else { "PM" };
    let hours = if f.hours % 12.0 == 0.0 { 12.0 } else { f.hours % 12.0 };
    format!("{hours}:{:02}:{:02} {half}", f.minutes, f.seconds)
}

text! {
    /// 21.4.4.35 Date.prototype.toDateString ( )
    to_date_string "toDateString" |t| day_text(local_time(t));
    /// 21.4.4.38 Date.prototype.toLocaleDateString ( [ reserved1 [ , reserved2 ] ] )
    to_locale_date_string "toLocaleDateString" locale_day;
    /// 21.4.4.39 Date.prototype.toLocaleString ( [ reserved1 [ , reserved2 ] ] )
    to_locale_string "toLocaleString" |t| format!("{}, {}", locale_day(t), locale_time(t));
    /// 21.4.4.40 Date.prototype.toLocaleTimeString ( [ reserved1 [ , reserved2 ] ] )
    to_locale_time_string "toLocaleTimeString" locale_time;
    /// 21.4.4.41 Date.prototype.toString ( )
    to_string "toString" date_text;
    /// 21.4.4.42 Date.prototype.toTimeString ( )
    to_time_string "toTimeString" |t| time_text(local_time(t));
    /// 21.4.4.43 Date.prototype.toUTCString ( )
    to_utc_string "toUTCString" |t| {
        let f = fields(t);
        let (day, month) = (DAYS[f.weekday], MONTHS[f.month as usize]);
        format!(
            "{day}, {:02} {month} {} {:02}:{:02}:{:02} GMT",
            f.day, year_text(f.year), f.hours, f.minutes, f.seconds
        )
    };
}

/// 21.4.4.36 Date.prototype.toISOString ( )
fn to_iso_string<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (_, t) = this_date(vm, args, "toISOString")?;
    if t.is_nan() {
        return Err(vm.range_error("invalid time value"));
    }
    let f = fields(t);
    let year = if (0.0..=9999.0).contains(&f.year) {
        format!("{:04}", f.year)
    } else {
        format!("{}{:06}", if f.year < 0.0 { '-' } else { '+' }, f.year.abs())
    };
    let text = format!(
        "{year}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        f.month + 1.0,
        f.day,
        f.hours,
        f.minutes,
        f.seconds,
        f.ms
    );
    Ok(Value::string(vm.str(&text)?))
}

/// 21.4.4.37 Date.prototype.toJSON ( key )
fn to_json<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let tv = vm.to_primitive(Value::object(o), Hint::Number)?;
    if tv.as_number().is_some_and(|n| !n.is_finite()) {
        return Ok(Value::null());
    }
    let key = vm.key("toISOString")?;
    vm.call_method(Value::object(o), key, &[])
}

/// 21.4.4.45 Date.prototype [ %Symbol.toPrimitive% ] ( hint )
fn to_primitive<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let Some(o) = args.this().as_object() else {
        return super::wrong_receiver(vm, "Date.prototype[Symbol.toPrimitive]", args.this());
    };
    let n = vm.names();
    let [number, string, default] = [n.number, n.string, n.default].map(|name| name.to_value());
    let hint = args.get(0);
    let string_first = !vm.strict_equals(hint, number);
    if string_first && !vm.strict_equals(hint, default) && !vm.strict_equals(hint, string) {
        return Err(vm.type_error("invalid hint"));
    }
    let n = vm.names();
    let order = if string_first { [n.to_string, n.value_of] } else { [n.value_of, n.to_string] };
    for key in order {
        let f = o.get(vm, key, args.this())?;
        if vm.is_callable(f) {
            let r = vm.call(f, args.this(), &[])?;
            if !r.is_object() {
                return Ok(r);
            }
        }
    }
    Err(vm.type_error("cannot convert object to primitive value"))
}
